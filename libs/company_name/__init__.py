"""The name of a company in one comparable form; see README.md."""

from libs.company_name.form import name_form, name_words

__all__ = ["name_form", "name_words"]
