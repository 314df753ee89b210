class SurveyError(Exception):
    """Something that the programme forbids, with a message that says what to do."""

    def __init__(self, message: object) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


class VersionTakenError(SurveyError):
    """The version exists with other content."""


class NoCardsError(SurveyError):
    """The plan is anonymous, or its key is destroyed: there can't be (more) cards."""


class WaveClosedError(SurveyError):
    """The wave is not open, and the answers were not begun while it was."""


class CardUnusableError(SurveyError):
    """The card was withdrawn, or never belonged to this plan and community."""


class WaveTimingError(SurveyError):
    """A plan says nothing of when to ask, or a workshop has no sessions to count from."""


class KioskError(SurveyError):
    """The PIN is no PIN, is wrong, or was wrong too often."""


class PaperError(SurveyError):
    """A paper can't be entered so: by this person, a second time, or after it was taken in."""


class ReviewError(SurveyError):
    """A text can't be reviewed so, or two questionnaires can't be compared so."""


class RecoveryError(SurveyError):
    """A lost card can't be looked for so."""


class KeyInUseError(SurveyError):
    """A key can't be destroyed while it is needed."""


class ConflictError(SurveyError):
    """A conflict can't be decided so, or was decided already."""


class ConsentMissingError(SurveyError):
    """Somebody has not agreed, or nobody has written down that they did."""
