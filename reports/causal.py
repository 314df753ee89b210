"""Words that claim what the data can't carry: a cause, a rank, a success.

Templates may not hold them (a test reads every language); people who write about their figures
are warned. A pattern is how a word begins, so that its endings are found too.
"""

import re
from collections.abc import Mapping

PATTERNS: Mapping[str, str] = {
    "en": r"\b(caus(e|ed|es|ing|al)\b|led to|due to|thanks to|because of the (training|programme)"
    r"|impact|effect|prov(e|es|ed|en)\b|works\b|significan|success|best\b|worst\b|rank|league"
    r"|resilient|weak)",
    "de": r"(verursach|bewirk|führte zu|führten zu|aufgrund|dank (de|unser)|auswirkung|wirksam"
    r"|wirkung|beweis|signifik|erfolg|\bbeste|schlechteste|rangliste|resilient|schwache gemein)",
    "uk": r"(спричин|призв[еі]л|завдяки|вплив|ефективн|довод|довел|значущ|успі[хш]|найкращ|найгірш"
    r"|рейтинг|стійк)",
    "tr": r"(neden ol|yol aç|sayesinde|etkisi|etkili|kanıtl|anlamlı|başarı|en iyi|en kötü|sıralam"
    r"|dirençli)",
    "ar": r"(تسبب|أدى إلى|أدت إلى|بفضل|تأثير|أثر|فعال|يثبت|تثبت|نجاح|الأفضل|الأسوأ|ترتيب|صمود)",
    "fa-af": r"(باعث|منجر|به لطف|تأثیر|تاثیر|مؤثر|موثر|ثابت می|موفقیت|بهترین|بدترین|رتبه|تاب‌آور)",
}
#: From where a pattern matches to the end of its last word.
_TO_THE_END = r"[\w\N{ZERO WIDTH NON-JOINER}]*"


def causal_words(text: str, language: str) -> tuple[str, ...]:
    """Return the words of a text that claim too much, as they stand there, each once.

    Of a language that nobody has written patterns for, nothing is said.
    """
    pattern = PATTERNS.get(language)
    if pattern is None:
        return ()
    # "Etkİli" and "etkili": folding alone leaves a dot above the Turkish i.
    folded = text.replace("İ", "i")
    found = re.finditer(pattern + _TO_THE_END, folded, re.IGNORECASE)
    return tuple(dict.fromkeys(match.group() for match in found))
