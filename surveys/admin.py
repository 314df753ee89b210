from surveys.import_admin import ImportBatchAdmin

__all__ = ["ImportBatchAdmin"]
