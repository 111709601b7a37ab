"""The rules, one a file. Each file has one `RULE`; `registry.py` lists them all."""
