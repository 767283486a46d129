"""What each function gives, and what stays as it is written. Source: Azure's "ARM template functions"."""

from __future__ import annotations

import pytest

from tests.sources.template.making import value

KNOWN = [
    ("[concat('a', 1, true())]", "a1True"),
    ("[concat(createArray(1), createArray('b'))]", [1, "b"]),
    ("[format('{0}-{1:D3}-{{x}}', 'a', 7)]", "a-007-{x}"),
    ("[format('{1}{0}', 'a', 'b')]", "ba"),
    ("[if(equals(1, 1), 'y', parameters('open'))]", "y"),
    ("[if(false(), parameters('open'), 'n')]", "n"),
    ("[and(true(), not(false()))]", True),
    ("[or(false(), false())]", False),
    ("[and(false(), parameters('open'))]", False),
    ("[or(parameters('open'), true())]", True),
    ("[equals('a', 'A')]", False),
    ("[equals(1, true())]", False),
    ("[equals(createArray(1, 2), createArray(1, 2))]", True),
    ("[less(1, 2)]", True),
    ("[greaterOrEquals('b', 'a')]", True),
    ("[union(createObject('a', 1, 'n', createObject('x', 1)), createObject('b', 2, 'n', createObject('y', 2)))]",
     {"a": 1, "n": {"x": 1, "y": 2}, "b": 2}),
    ("[union(createArray(1, 2), createArray(2, 3))]", [1, 2, 3]),
    ("[intersection(createArray(1, 2), createArray(2, 3))]", [2]),
    ("[array('a')]", ["a"]),
    ("[contains('abc', 'b')]", True),
    ("[contains(createObject('Key', 1), 'key')]", True),
    ("[contains(createArray(1, 2), 3)]", False),
    ("[empty('')]", True),
    ("[empty(createObject())]", True),
    ("[empty(null())]", True),
    ("[length('abc')]", 3),
    ("[length(createArray(1, 2))]", 2),
    ("[first('abc')]", "a"),
    ("[last(createArray(1, 2))]", 2),
    ("[first(createArray())]", None),
    ("[skip('abc', 1)]", "bc"),
    ("[take(createArray(1, 2, 3), 2)]", [1, 2]),
    ("[take('ab', 24)]", "ab"),
    ("[split('a,b;c', createArray(',', ';'))]", ["a", "b", "c"]),
    ("[join(createArray('a', 'b'), '-')]", "a-b"),
    ("[replace('a-b', '-', '')]", "ab"),
    ("[toLower('AbC')]", "abc"),
    ("[toUpper('abc')]", "ABC"),
    ("[trim('  a ')]", "a"),
    ("[substring('abcdef', 1, 3)]", "bcd"),
    ("[startsWith('abc', 'AB')]", True),
    ("[endsWith('abc', 'bc')]", True),
    ("[indexOf('abc', 'c')]", 2),
    ("[lastIndexOf('abab', 'b')]", 3),
    ("[string(createObject('a', 1))]", '{"a":1}'),
    ("[int('5')]", 5),
    ("[bool('True')]", True),
    ("[json('{\"a\": [1]}').a[0]]", 1),
    ("[coalesce(null(), 'b', parameters('open'))]", "b"),
    ("[tryGet(createObject('a', createObject('b', 1)), 'a', 'b')]", 1),
    ("[tryGet(createObject('a', 1), 'x', 'y')]", None),
    ("[indexFromEnd(createArray('a', 'b'), 2)]", "a"),
    ("[tryIndexFromEnd(createArray('a', 'b'), 1)]", "b"),
    ("[tryIndexFromEnd(createArray('a'), 2)]", None),
    ("[range(2, 3)]", [2, 3, 4]),
    ("[min(3, 1, 2)]", 1),
    ("[max(createArray(3, 1))]", 3),
    ("[add(1, mul(2, 3))]", 7),
    ("[div(-7, 2)]", -3),
    ("[mod(-7, 3)]", -1),
    ("[base64('one')]", "b25l"),
    ("[base64ToString('b25l')]", "one"),
    ("[uri('https://a.example/b/', 'c.json')]", "https://a.example/b/c.json"),
    ("[uriComponent('a b')]", "a%20b"),
    ("[padLeft('7', 3, '0')]", "007"),
    ("[items(createObject('b', 2, 'a', 1))]", [{"key": "a", "value": 1}, {"key": "b", "value": 2}]),
    ("[objectKeys(createObject('b', 2, 'a', 1))]", ["a", "b"]),
    ("[shallowMerge(createArray(createObject('a', 1), createObject('a', 2)))]", {"a": 2}),
    ("[flatten(createArray(createArray(1), createArray(2, 3)))]", [1, 2, 3]),
    ("[map(createArray(1, 2), lambda('n', add(lambdaVariables('n'), 1)))]", [2, 3]),
    ("[map(createArray('a'), lambda('x', 'i', format('{0}{1}', lambdaVariables('x'), lambdaVariables('i'))))]", ["a0"]),
    ("[filter(range(0, 5), lambda('n', greater(lambdaVariables('n'), 2)))]", [3, 4]),
    ("[sort(createArray(3, 1, 2), lambda('a', 'b', less(lambdaVariables('a'), lambdaVariables('b'))))]", [1, 2, 3]),
    ("[reduce(range(1, 4), 0, lambda('sum', 'n', add(lambdaVariables('sum'), lambdaVariables('n'))))]", 10),
    ("[toObject(createArray('a', 'b'), lambda('x', lambdaVariables('x')), lambda('x', 1))]", {"a": 1, "b": 1}),
    ("[groupBy(createArray('aa', 'b', 'ab'), lambda('x', first(lambdaVariables('x'))))]", {"a": ["aa", "ab"], "b": ["b"]}),
    ("[mapValues(createObject('a', 1), lambda('v', add(lambdaVariables('v'), 1)))]", {"a": 2}),
    ("[createObject('Name', 'x').name]", "x"),
    ("[createArray('a', 'b')[1]]", "b"),
    ("[createObject('a', 1)['A']]", 1),
    ("[CONCAT('a', 'b')]", "ab"),
    ("['it''s']", "it's"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "expected"), KNOWN, ids=[case[0] for case in KNOWN])
def test_known_arguments_give_a_value(expression, expected):
    found = value(expression)
    assert found == expected
    assert type(found) is type(expected)


OPEN = [
    ("[parameters('open')]", "[parameters('open')]"),
    ("[parameters('open').a[0]]", "[parameters('open').a[0]]"),
    ("[concat('kv-', parameters('open'))]", "kv-{parameters('open')}"),
    ("[format('kv-{0}', uniqueString(resourceGroup().id))]", "kv-{uniqueString(resourceGroup().id)}"),
    ("[guid(subscription().id, 'a')]", "[guid(subscription().id, 'a')]"),
    ("[guid(resourceId('Microsoft.KeyVault/vaults', 'kv'))]", "[guid('Microsoft.KeyVault/vaults/kv')]"),
    ("[toLower(concat('KV-', uniqueString('a')))]", "kv-{uniqueString('a')}"),
    ("[toLower(concat('KV-', parameters('open')))]", "kv-{toLower(parameters('open'))}"),
    ("[take(concat('kv-', uniqueString('a')), 24)]", "kv-{uniqueString('a')}"),
    ("[length(concat('kv-', uniqueString('a')))]", 16),
    ("[take(concat('kv-', parameters('open')), 2)]", "kv"),
    ("[take(concat('kv-', parameters('open')), 24)]", "[take('kv-{parameters('open')}', 24)]"),
    ("[if(parameters('open'), 1, 2)]", "[if(parameters('open'), 1, 2)]"),
    ("[if(parameters('open'), 'a', 'a')]", "a"),
    ("[equals(parameters('open'), parameters('open'))]", True),
    ("[equals(concat('a', parameters('open')), concat('b', parameters('open')))]", False),
    ("[equals(concat('kv-', parameters('open')), '')]", False),
    ("[equals(parameters('open'), 'a')]", "[equals(parameters('open'), 'a')]"),
    ("[not(parameters('open'))]", "[not(parameters('open'))]"),
    ("[and(true(), parameters('open'))]", "[parameters('open')]"),
    ("[coalesce(parameters('open'), 'b')]", "[coalesce(parameters('open'), 'b')]"),
    ("[length(parameters('open'))]", "[length(parameters('open'))]"),
    ("[createArray(parameters('open'), 1)]", ["[parameters('open')]", 1]),
    ("[contains(createArray(parameters('open'), 1), 1)]", True),
    ("[contains(createArray(parameters('open')), 1)]", "[contains([parameters('open')], 1)]"),
    ("[empty(concat('a', parameters('open')))]", False),
    ("[empty(guid(parameters('open')))]", False),
    ("[equals(guid(parameters('open')), '')]", False),
    ("[equals(null(), guid(parameters('open')))]", False),
    ("[coalesce(guid(parameters('open')), 'b')]", "[guid(parameters('open'))]"),
    ("[union(createArray(parameters('open')), createArray(1))]", ["[parameters('open')]", 1]),
    ("[split(resourceGroup().id, '/')[4]]", "{resource group}"),
    ("[last(split(resourceId('Microsoft.KeyVault/vaults', 'kv'), '/'))]", "kv"),
    ("[map(createArray(1), lambda('n', parameters('open')))]", ["[parameters('open')]"]),
    ("[filter(createArray(1), lambda('n', parameters('open')))]",
     "[filter(createArray(1), lambda('n', parameters('open')))]"),
    ("[map(parameters('list'), lambda('n', 1))]", "[map(parameters('list'), lambda('n', 1))]"),
    ("[listKeys('x', '2023-01-01').keys[0].value]", "[listKeys('x', '2023-01-01').keys[0].value]"),
    ("[environment().suffixes.keyvaultDns]", "[environment().suffixes.keyvaultDns]"),
    ("[utcNow()]", "[utcNow()]"),
    ("[madeUp(1, 'a')]", "[madeUp(1, 'a')]"),
    ("[contoso.unknown(1)]", "[contoso.unknown(1)]"),
    ("[substring('abc', 2, 9)]", "[substring('abc', 2, 9)]"),
    ("[div(1, 0)]", "[div(1, 0)]"),
    ("[add('a', 1)]", "[add('a', 1)]"),
    ("[add()]", "[add()]"),
    ("[equals(1)]", "[equals(1)]"),
    ("[if(true())]", "[if(true())]"),
    ("[createArray(1)[7]]", "[createArray(1)[7]]"),
    ("[createObject('a', 1).b]", "[createObject('a', 1).b]"),
    ("[createObject('a')]", "[createObject('a')]"),
    ("[json('{broken')]", "[json('{broken')]"),
    ("[range(0, 1000000)]", "[range(0, 1000000)]"),
    ("[parameters('nowhere')]", "[parameters('nowhere')]"),
    ("[lambdaVariables('x')]", "[lambdaVariables('x')]"),
    ("[copyIndex()]", "[copyIndex()]"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "expected"), OPEN, ids=[case[0] for case in OPEN])
def test_what_is_not_known_stays_as_it_is_written(expression, expected):
    assert value(expression) == expected


RG = "/subscriptions/{subscription}/resourceGroups/{resource group}"
IDS = [
    ("[resourceId('Microsoft.KeyVault/vaults', 'kv')]", f"{RG}/providers/Microsoft.KeyVault/vaults/kv"),
    ("[resourceId('Microsoft.KeyVault/vaults/secrets', 'kv', 's')]", f"{RG}/providers/Microsoft.KeyVault/vaults/kv/secrets/s"),
    ("[resourceId('rg-b', 'Microsoft.KeyVault/vaults', 'kv')]",
     "/subscriptions/{subscription}/resourceGroups/rg-b/providers/Microsoft.KeyVault/vaults/kv"),
    ("[resourceId('0000', 'rg-b', 'Microsoft.KeyVault/vaults', 'kv')]",
     "/subscriptions/0000/resourceGroups/rg-b/providers/Microsoft.KeyVault/vaults/kv"),
    ("[resourceId(parameters('open'), 'Microsoft.KeyVault/vaults', parameters('list'))]",
     "/subscriptions/{subscription}/resourceGroups/{parameters('open')}/providers/Microsoft.KeyVault/vaults/{parameters('list')}"),
    ("[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'r')]",
     "/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/r"),
    ("[subscriptionResourceId('Microsoft.Resources/resourceGroups', 'rg-b')]", "/subscriptions/{subscription}/resourceGroups/rg-b"),
    ("[tenantResourceId('Microsoft.Authorization/roleDefinitions', 'r')]", "/providers/Microsoft.Authorization/roleDefinitions/r"),
    ("[tenantResourceId('Microsoft.Management/managementGroups', 'mg')]", "/providers/Microsoft.Management/managementGroups/mg"),
    ("[managementGroupResourceId('mg', 'Microsoft.Authorization/roleDefinitions', 'r')]",
     "/providers/Microsoft.Management/managementGroups/mg/providers/Microsoft.Authorization/roleDefinitions/r"),
    ("[extensionResourceId(resourceId('Microsoft.KeyVault/vaults', 'kv'), 'Microsoft.Authorization/locks', 'l')]",
     f"{RG}/providers/Microsoft.KeyVault/vaults/kv/providers/Microsoft.Authorization/locks/l"),
    ("[resourceGroup().name]", "{resource group}"),
    ("[subscription().subscriptionId]", "{subscription}"),
    ("[subscription().tenantId]", "[tenant().tenantId]"),
    ("[tenant().tenantId]", "[tenant().tenantId]"),
    ("[deployment().name]", "main"),
    ("[resourceId('Microsoft.KeyVault/vaults')]", "[resourceId('Microsoft.KeyVault/vaults')]"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "expected"), IDS, ids=[case[0] for case in IDS])
def test_ids(expression, expected):
    assert value(expression) == expected


def test_each_new_guid_is_another_and_the_same_guid_is_the_same():
    assert value("[createArray(newGuid(), newGuid())]") == ["[newGuid()]", "[newGuid() 2]"]
    assert value("[equals(guid('a', 'b'), guid('a', 'b'))]") is True


def test_variables_are_found_in_any_case_and_may_be_loops():
    variables = {"Name": "[concat('a', variables('other'))]", "other": "b", "copy": [
        {"name": "three", "count": 3, "input": "[format('n{0}', copyIndex('three', 1))]"}]}  # fmt: skip
    assert value("[variables('NAME')]", variables=variables) == "ab"
    assert value("[variables('three')]", variables=variables) == ["n1", "n2", "n3"]


def test_a_function_of_the_template_sees_its_arguments_alone():
    functions = [{"namespace": "contoso", "members": {"name": {
        "parameters": [{"name": "prefix", "type": "string"}],
        "output": {"type": "string", "value": "[concat(toLower(parameters('prefix')), '-x')]"}}}}]  # fmt: skip
    assert value("[contoso.name('AB')]", functions=functions) == "ab-x"


def test_a_secret_parameter_is_never_looked_at():
    parameters = {"password": {"type": "secureString", "defaultValue": "hunter2"}}
    assert value("[concat('x', parameters('password'))]", parameters=parameters) == "x{parameters('password')}"


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ({"type": "string", "defaultValue": "[concat('a', 'b')]"}, "ab"),
        ({"type": "string", "nullable": True}, None),
        ({"type": "string"}, "[parameters('p')]"),
        ({"type": "string", "defaultValue": "[[literal]"}, "[literal]"),
        ({"$ref": "#/definitions/optional"}, None),
        ({"$ref": "#/definitions/alias"}, None),
        ({"$ref": "#/definitions/circle"}, "[parameters('p')]"),
        ({"$ref": "#/definitions/secret", "defaultValue": "hunter2"}, "[parameters('p')]"),
    ],
)
def test_a_parameter_that_is_not_given(definition, expected):
    definitions = {
        "optional": {"type": "string", "nullable": True},
        "alias": {"$ref": "#/definitions/optional"},
        "circle": {"$ref": "#/definitions/circle"},
        "secret": {"type": "securestring"},
    }
    assert value("[parameters('p')]", parameters={"p": definition}, definitions=definitions) == expected
