"""A campaign's results as charts by a grammar of graphics. Pure: figures in, Vega-Lite or an image out.

`figures` says what a chart shows and needs nothing; `specification` turns that into Vega-Lite with altair, `images`
into SVG and PNG with vl-convert. The last two are slow to import: import them where a chart is drawn, not before.
"""
