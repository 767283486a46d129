"""Which regions of Azure lie in one geography: only those that are not alone in theirs.

Source: Microsoft Learn, list of Azure regions.
"""

_SHARED = (
    "eastus eastus2 centralus northcentralus southcentralus westus westus2 westus3 westcentralus",
    "usgovvirginia usgovtexas usgovarizona usgoviowa",
    "usdodeast usdodcentral",
    "canadacentral canadaeast",
    "brazilsouth brazilsoutheast",
    "northeurope westeurope",
    "uksouth ukwest",
    "francecentral francesouth",
    "germanywestcentral germanynorth",
    "switzerlandnorth switzerlandwest",
    "norwayeast norwaywest",
    "swedencentral swedensouth",
    "uaenorth uaecentral",
    "southafricanorth southafricawest",
    "centralindia southindia westindia jioindiawest jioindiacentral",
    "eastasia southeastasia",
    "australiaeast australiasoutheast australiacentral australiacentral2",
    "japaneast japanwest",
    "koreacentral koreasouth",
    "chinaeast chinaeast2 chinaeast3 chinanorth chinanorth2 chinanorth3",
)
_FIRST = {region: regions.split()[0] for regions in _SHARED for region in regions.split()}


def geography(location: str) -> str:
    """A name that all regions of one geography share; the location may be written as "West Europe" or "westeurope"."""
    region = location.replace(" ", "").lower()
    return _FIRST.get(region, region)
