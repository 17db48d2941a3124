"""CSV files that people download: a spreadsheet reads them as UTF-8 and runs nothing of them."""

import codecs

from heritage.pages.downloads import csv_download
from heritage.pages.tables import render, table_of


def test_a_download_begins_with_a_byte_order_mark_and_has_no_other() -> None:
    content = csv_download("names.csv", [["name", "count"], ["Zürich", 2], ["=1+1", -2]]).content
    assert content == codecs.BOM_UTF8 + "name,count\r\nZürich,2\r\n'=1+1,-2\r\n".encode()


def test_a_table_as_csv_begins_with_one() -> None:
    table = table_of("shares", "Shares", (), [{"term": "Lampe", "share": 0.5}])
    assert render(table, "csv") == "\ufeffterm,share\nLampe,0.5\n"
