"""The engine: runs the stages of one evaluation and returns its evidence.

No database, no web server, no container engine: those come in through `ports`.
"""
