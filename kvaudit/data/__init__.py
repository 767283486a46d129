"""Facts of Azure as data: made by `python -m kvaudit.data.generate FACTS`, never edited by hand."""
