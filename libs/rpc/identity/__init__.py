"""Authentication of callers: bearer tokens (RFC 7519, 8725, 9068) of the issuers a cell trusts, turned into callers."""

from libs.rpc.identity.port import Authenticator as Authenticator
from libs.rpc.identity.port import Roles as Roles
from libs.rpc.identity.tokens import Tokens as Tokens
