from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Names files by their content, also where one script imports another.

    The survey's service worker can then keep exactly the files that its pages ask for.
    """

    support_js_module_import_aggregation = True
