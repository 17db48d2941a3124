"""Readers of museums' files: whatever the container, rows come out; a mapping makes records of them.

`containers` opens files, folders and archives as parts; `layouts` tells how a part is laid out and takes the reader
that fits (`readers/`); `mapping` makes a record of each row, by sources written in the language of `expressions`;
`record_files` puts these together; `merging` joins the rows of one record. `shipped` has the mappings of museums and
standards, a JSON file each in `mappings/`; `guessing` finds the one that fits or makes one up.

A new format is a file in `mappings/`. All is pure: what is stored, and how, is for `heritage.catalogue`.
"""
