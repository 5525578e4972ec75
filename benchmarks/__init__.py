"""The cost of corswsgi beside the limit and its peers: `python -m benchmarks` (needs the extra ``bench``)."""
