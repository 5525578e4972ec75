"""Small programs of users. mypy and pyright accept those of `accepted/` and refuse the marked lines of `refused/`."""
