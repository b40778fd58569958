"""A MongoDB on another machine is spoken to by TLS, or not at all."""

import pytest

from libs.store.address import check_url


@pytest.mark.parametrize(
    "url",
    [
        "mongodb://127.0.0.1:27017/",
        "mongodb://u:p%40@localhost,127.0.0.1:1,[::1]:2/?replicaSet=prm",
        "mongodb://%2Ftmp%2Fmongodb-27017.sock/",
        "mongodb://u:p@mongo-0.mongo:27017,mongo-1.mongo/?replicaSet=prm&tls=true&tlsCAFile=/ca.crt",
        "mongodb://mongo/?SSL=true;retryWrites=true",
        "mongodb://mongo/?tls=true&tlsInsecure=false",
        "mongodb+srv://u:p@cell.example/",
        "mongodb://[::1]/",
        "mongodb://u@[::1]:27017/?readPreference=primary&w=majority&journal=true&readConcernLevel=majority",
        "mongodb://[2001:db8::7]:27017/?tls=true",
    ],
)
def test_this_machine_may_be_clear_and_another_is_encrypted(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mongodb://u:s3cret@mongo:27017/", "mongo is another machine.*add tls=true"),
        ("mongodb://127.0.0.1,mongo-1/?replicaSet=prm", "mongo-1 is another machine"),
        ("mongodb://u:s3cret@mongo/?tls=false", "add tls=true"),
        ("mongodb://u:s3cret@mongo/?tls=true&ssl=false", "add tls=true"),
        ("mongodb://localhost.example", "localhost.example is another machine"),
        ("mongodb+srv://u:s3cret@cell.example/?tls=false", "add tls=true"),
        ("mongodb+srv://localhost/?tls=false", "add tls=true"),
        ("mongodb://u:s3cret@mongo/?tls=true&tlsInsecure=true", "tlsinsecure lets anybody pass for mongo"),
        ("mongodb://u:s3cret@mongo/?tls=true&tlsAllowInvalidHostnames=true", "tlsallowinvalidhostnames"),
        ("postgres://u:s3cret@db", "must begin with mongodb://"),
        ("mongodb://[2001:db8::7]:27017/", r"\[2001:db8::7\] is another machine"),
        ("mongodb://::1:27017/", r"an IPv6 address is written \[::1\]:27017"),
        ("mongodb://127.0.0.1,,[::1]/", "not HOST:PORT"),
        ("mongodb://127.0.0.1/?readPreference=secondaryPreferred", "readpreference would let reads be stale"),
        ("mongodb://127.0.0.1/?readPreferenceTags=dc:ny", "readpreferencetags"),
        ("mongodb://127.0.0.1/?maxStalenessSeconds=120", "maxstalenessseconds"),
        ("mongodb://127.0.0.1/?readConcernLevel=local", "readconcernlevel"),
        ("mongodb://127.0.0.1/?w=1", "w would let .* commits be lost"),
        ("mongodb://127.0.0.1/?w=majority;JOURNAL=false", "journal"),
        ("mongodb://127.0.0.1/?timeoutMS=5", "timeoutms"),
    ],
)
def test_any_other_is_refused_with_what_to_add(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        check_url(url)
    assert "s3cret" not in str(caught.value)
