"""One application in each framework, with the same routes behind the same table: test_apps.py asks them all."""
