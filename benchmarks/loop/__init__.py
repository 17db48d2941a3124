"""The loop of sampling, labelling, learning and suggesting, on drawn museums with simulated experts.

    python -m benchmarks.loop FOLDER

`worlds` draws museums and experts, `arms` are the ways to choose whom to ask about what, `report` tells what was found.
"""
