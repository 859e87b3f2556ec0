"""Each row lock of the product: who wants the row waits, and then reads what is left."""
