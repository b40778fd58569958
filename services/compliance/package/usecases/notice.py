"""The privacy notice of the page: the information of Art. 15(1)(a) to (h) and (2) GDPR, as far as this system knows it,
and a note of what the sender must add. Whoever changes how a service uses personal data updates `texts/`."""

from collections.abc import Iterator, Sequence
from html import escape

from services.compliance.package.usecases.texts import Texts
from services.compliance.package.usecases.withholding import Withheld


def render_notice(
    texts: Texts,
    *,
    regime: str,
    services: Sequence[str],
    systems: Sequence[str],
    categories: Sequence[str],
    has_text: bool,
    withheld: Sequence[Withheld],
    cell: str,
) -> Iterator[str]:
    """The lines of HTML. services: those that store something about the person. systems: from which rows were imported.
    categories: the fields of the person that are stored. has_text: whether there is text by or about the person."""
    yield f"<h1>{_text(texts, 'page.why')}</h1><table><tbody>"
    for service in services:
        if texts.has(f"service.{service}.purpose"):
            purpose, source = (_text(texts, f"service.{service}.{name}") for name in ("purpose", "source"))
            yield _line(escape(texts.service(service)), f"{purpose} <i>{_text(texts, 'label.source')}</i> {source}")
    if systems:
        yield _line(_text(texts, "label.imported"), escape(texts.listed(systems)))
    kinds = [texts.text(f"person.{one}") for one in categories]
    written = [texts.text("label.written")] if has_text else []
    stored = texts.listed([*kinds, *written]) or texts.text("label.none")
    yield _line(_text(texts, "label.categories"), escape(stored))
    yield _line(_text(texts, "label.recipients"), _text(texts, "information.recipients"))
    yield _line(_text(texts, "label.place"), escape(texts.text("information.place", cell=cell)))
    yield _line(_text(texts, "label.retention"), _text(texts, "information.retention"))
    left_out = [one.sentence(texts, service=texts.service, kind=texts.kind) for one in withheld]
    yield _line(_text(texts, "label.withheld"), "<br>".join(escape(one) for one in left_out))
    yield _line(_text(texts, "label.automation"), _text(texts, "information.automation"))
    rights = f"{texts.of_regime('rights', regime)} {texts.text('information.ask')}"
    yield _line(_text(texts, "label.rights"), escape(rights))
    yield _line(_text(texts, "label.complaint"), escape(texts.of_regime("complaint", regime)))
    yield "</tbody></table>"


def _text(texts: Texts, key: str) -> str:
    return escape(texts.text(key))


def _line(title: str, content: str) -> str:
    return f'<tr><th scope="row">{title}<td>{content}'
