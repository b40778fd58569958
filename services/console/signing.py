"""Sign-in and sign-out: OpenID Connect's code flow with PKCE, on the server; the browser sees a cookie and no token."""

import structlog
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from libs.errors import AppError
from libs.rpc.client import bearer
from libs.rpc.identity import claims
from libs.rpc.identity.development import ISSUER
from libs.rpc.identity.port import TokenInvalid
from libs.rpc.policy import OUR_ROLES, PARTNER_ROLES
from services.console.forms import Data
from services.console.language import LANGUAGES
from services.console.logins import LOGIN_LIFE, Login
from services.console.provider import CALLBACK, RENEW_BEFORE, Development, SignInFailed
from services.console.server import LANGUAGE_COOKIE, Console, Visit, address, safe_path
from services.console.sessions import Session

# Of a form that is kept until its person has signed in: anybody can send one, and MAX_KEPT are kept at once.
KEPT_CHARS = 32 * 1024

_YEAR_SECONDS = 365 * 24 * 3600

log = structlog.get_logger()


async def sign_in(visit: Visit) -> Response:
    """Send the browser to the issuer, for a sign-in that has begun with a form (`again`) or for a new one."""
    asked = visit.request.query_params
    login = _begun(visit) if "again" in asked else None
    return await _to_issuer(visit, login or visit.console.logins.start(safe_path(asked.get("back", "/"))))


async def expired(visit: Visit, posted: Data | None = None) -> Response:
    """For a request of nobody: a page goes to the sign-in at once; a form of at most KEPT_CHARS is kept, and shown
    again after it."""
    if posted is None:
        return RedirectResponse(address("/sign-in", back=visit.here), 303)
    kept = posted if sum(len(text) for values in posted.values() for text in values) <= KEPT_CHARS else None
    person = visit.console.sessions.person_of(visit.request.cookies.get(visit.console.session_cookie, ""))
    login = visit.console.logins.start(_form_address(visit, posted), kept, person=person)
    page = visit.page("expired.html", 401, address="/sign-in?again=yes", kept=kept is not None)
    _remember(visit, page, login)
    return page


async def signed_in(visit: Visit) -> Response:
    """The issuer sends the browser back: redeem the code and begin a session with a new id."""
    console, asked = visit.console, visit.request.query_params
    logins = console.logins
    login = logins.answered(visit.request.cookies.get(console.login_cookie, ""), asked.get("state", ""))
    if login is None:
        return visit.page("refused.html", 400, said=visit.speech.text("This sign-in is too old, or of another window."))
    try:
        granted = await console.provider.redeem(
            asked.get("code", ""),
            verifier=logins.verifier(login),
            nonce=logins.nonce(login),
            back=console.origin + CALLBACK,
        )
        caller = await console.tokens.verify(bearer(granted.access_token)["authorization"])
    except (SignInFailed, AppError) as err:
        log.info("sign_in_failed", cause=err)
        return visit.page("refused.html", 400, said=visit.speech.text("The sign-in was refused."))
    if visit.session is not None:
        console.sessions.end(visit.session.id)
    session = console.sessions.begin(caller, granted)
    kept = logins.taken(login)
    if kept is not None and kept.person in ("", caller.identity):
        session.kept[login.back.partition("?")[0]] = kept.data
    response = RedirectResponse(safe_path(login.back), 303)
    console.keep(response, console.session_cookie, session.id)
    console.drop(response, console.login_cookie)
    return response


async def development_page(visit: Visit) -> Response:
    """The sign-in page of the development issuer."""
    _development(visit.console)
    asked = visit.request.query_params
    return _development_form(visit, asked.get("state", ""), asked.get("code_challenge", ""))


async def development_signed(visit: Visit, posted: Data) -> Response:
    """Somebody chose roles: back with a code, for the browser that began this sign-in."""
    provider = _development(visit.console)
    state, challenge = _one(posted, "state"), _one(posted, "code_challenge")
    if visit.console.logins.answered(visit.request.cookies.get(visit.console.login_cookie, ""), state) is None:
        raise HTTPException(400)
    known = {*OUR_ROLES, *PARTNER_ROLES}
    roles = tuple(one for one in posted.get("role", ()) if one in known)
    partner, subject = _one(posted, "partner"), _one(posted, "subject") or "local"
    try:
        claims.subject(subject)
        if not roles:
            raise TokenInvalid(visit.speech.text("Choose a role."))
    except AppError as err:
        return _development_form(visit, state, challenge, said=err.message, status=422)
    code = provider.grant(subject=subject, roles=roles, partner_id=partner, code_challenge=challenge)
    return RedirectResponse(address(CALLBACK, state=state, code=code), 303)


async def sign_out(visit: Visit, posted: Data) -> Response:
    """End the session here; a link leads to the sign-out of the issuer."""
    session = visit.session
    assert session is not None
    visit.console.sessions.end(session.id)
    visit.session = None
    try:
        leaving = await visit.console.provider.leaving(session.granted)
    except SignInFailed:
        leaving = ""
    page = visit.page("signed_out.html", leaving=leaving)
    visit.console.drop(page, visit.console.session_cookie)
    return page


async def choose_language(visit: Visit) -> Response:
    """Remember the language of the person."""
    asked = visit.request.query_params
    response = RedirectResponse(safe_path(asked.get("back", "/")), 303)
    if (tag := asked.get("to", "")) in LANGUAGES:
        visit.console.keep(response, LANGUAGE_COOKIE, tag, seconds=_YEAR_SECONDS)
    return response


async def renewed(console: Console, session: Session) -> bool:
    """Whether the session has a token that is valid now; renews it in its last moments."""
    if console.clock.now() < session.granted.until - RENEW_BEFORE:
        return True
    try:
        granted = await console.provider.renew(session.granted)
        caller = await console.tokens.verify(bearer(granted.access_token)["authorization"])
    except (SignInFailed, AppError) as err:
        log.info("session_not_renewed", cause=err)
        return console.clock.now() < session.granted.until
    session.granted, session.caller = granted, caller
    return True


def _form_address(visit: Visit, posted: Data) -> str:
    """Where a form is shown again: its address with the document that it is about."""
    path = visit.request.url.path
    return address(path, document=_one(posted, "document")) if path.startswith("/acts/") else "/"


def _begun(visit: Visit) -> Login | None:
    """The sign-in that this browser has begun."""
    return visit.console.logins.read(visit.request.cookies.get(visit.console.login_cookie, ""))


def _remember(visit: Visit, response: Response, login: Login) -> None:
    console = visit.console
    console.keep(response, console.login_cookie, console.logins.cookie(login), seconds=int(LOGIN_LIFE.total_seconds()))


async def _to_issuer(visit: Visit, login: Login) -> Response:
    logins = visit.console.logins
    try:
        place = await visit.console.provider.address(
            state=logins.state(login),
            nonce=logins.nonce(login),
            verifier=logins.verifier(login),
            back=visit.console.origin + CALLBACK,
        )
    except SignInFailed as err:
        log.warning("issuer_away", cause=err)
        return visit.page("refused.html", 503, said=visit.speech.text("The issuer cannot be reached. Try again soon."))
    response = RedirectResponse(place, 303)
    _remember(visit, response, login)
    return response


def _development_form(visit: Visit, state: str, challenge: str, *, said: str = "", status: int = 200) -> Response:
    return visit.page(
        "development.html",
        status,
        issuer=ISSUER.name,
        state=state,
        challenge=challenge,
        vendor=OUR_ROLES,
        partner=PARTNER_ROLES,
        said=said,
    )


def _development(console: Console) -> Development:
    if not isinstance(console.provider, Development):
        raise HTTPException(404)
    return console.provider


def _one(posted: Data, name: str) -> str:
    return next(iter(posted.get(name, ())), "")
