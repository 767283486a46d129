"""Facts of Azure as data: made by `python scripts/generate_data.py FOLDER`, never edited by hand."""
