"""From a spreadsheet to responses: read a file, map its columns, check its rows, take them in."""
