"""What a driver declares is what it has, and everything it declares is tried."""

import ast
import inspect
import socket
import sys

import pytest

from providers.checks import problems
from providers.errors import Unsupported
from providers.port import Call, Driver
from providers.types import Account, Operation

from .bench import scenarios_of
from .discovery import each_driver, each_harness, harnesses, module_of
from .guard import driving
from .harness import LOCAL, Harness
from .scenarios import MEANINGS


@each_driver()
def test_every_driver_has_a_harness(driver: Driver):
    path = module_of(driver).replace(".", "/")
    assert driver.code in harnesses(), f"write {path}.py with HARNESS, a subclass of tests.providers.contract.harness"


@each_driver()
def test_declaration_and_code_agree(driver: Driver):
    assert [problem.msg for problem in problems(driver)] == []


@each_driver()
@pytest.mark.parametrize("operation", list(Operation))
def test_what_is_not_declared_is_unsupported_and_sends_nothing(driver: Driver, operation: Operation):
    if operation in driver.operations:
        assert getattr(type(driver), operation.value) is not getattr(Driver, operation.value)
        return
    arguments = [None, None, None] if operation is Operation.NOTIFICATION else [None, None]
    with driving(None), pytest.raises(Unsupported, match=driver.display_name):
        getattr(driver, operation.value)(*arguments)


@each_harness()
def test_every_declared_operation_and_feature_has_a_scenario(harness: Harness):
    tried = [MEANINGS[scenario] for scenario in scenarios_of(harness)]
    driver = harness.driver

    assert driver.operations - LOCAL == {meaning.operation for meaning in tried}
    with_scenario = {meaning.feature for meaning in MEANINGS.values() if meaning.feature}
    assert driver.features & with_scenario == {meaning.feature for meaning in tried if meaning.feature}


@each_harness()
def test_excuses_say_why_and_excuse_nothing_that_every_psp_does(harness: Harness):
    for scenario, reason in harness.excused.items():
        assert not MEANINGS[scenario].core, f"{scenario} cannot be excused"
        assert len(reason.split()) >= 4, f"say why {harness.driver.code} cannot do {scenario}"


@each_driver()
def test_account_fields_are_explained_and_name_a_base_url_and_a_secret(driver: Driver):
    fields = {field.name: field for field in driver.config_fields}

    assert len(fields) == len(driver.config_fields)
    assert all(field.help.endswith(".") for field in fields.values())
    assert any(field.secret for field in fields.values())
    assert "base_url" in fields, "tests and proxies must be able to stand in for the PSP"


@each_driver()
def test_a_driver_package_knows_neither_django_nor_sockets_nor_sleep(driver: Driver):
    package = type(driver).__module__.rpartition(".")[0]
    banned = {"django", "celery", "rest_framework", "requests", "httpx", "urllib3", "socket", "time", "os"}
    found = set()
    for name, module in list(sys.modules.items()):
        if name == package or name.startswith(f"{package}."):
            for node in ast.walk(ast.parse(inspect.getsource(module))):
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
                found |= {n.partition(".")[0] for n in names} & banned

    assert found == set()


def test_the_guard_sees_a_connection_elsewhere():
    with (
        socket.create_server(("127.0.0.1", 0)) as elsewhere,
        driving(1),
        pytest.raises(BaseException, match="base URL"),
    ):
        socket.create_connection(elsewhere.getsockname())


def test_a_call_shows_no_credential():
    account = Account("acc", live=False, config={"api_key": "sk_very_secret"})

    assert "sk_very_secret" not in repr(Call(account, None, "key", "att"))  # type: ignore[arg-type]
