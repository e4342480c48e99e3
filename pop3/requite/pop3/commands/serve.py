"""`requite serve`: serve mailboxes, by a file of configuration or one Maildir without a file.

Decides how the command line is read and what is printed. Refuses to decide what can be served
(`_orders`), what a configuration means (`assembly`) and how a server runs (`_running`).
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from requite.pop3.assembly import Assembly, Running, build
from requite.pop3.commands._orders import Order, order_of_file, order_of_maildir
from requite.pop3.commands._running import (
    descriptor_warning,
    log_to_stderr,
    logger,
    prepare_stdout,
    raise_descriptor_limit,
    refusals,
    run,
)
from requite.pop3.commands._steps import StepPrinter
from requite.pop3.configuration import (
    LOOPBACK,
    Configuration,
    Endpoint,
    IdsOf,
    Limits,
    Mailboxes,
    MaildropFormat,
    OAuth,
)
from requite.pop3.maildrops.deletions import EXPUNGE
from requite.pop3.maildrops.unique_ids import scheme_of

__all__ = ("serve",)

FILE: Final = click.Path(path_type=Path)


def _endpoint(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> Endpoint | None:
    """Read an address, or say what to write instead."""
    try:
        return None if value is None else Endpoint.parse(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r}: {error}", context, parameter) from None


@click.command(no_args_is_help=True)
@click.option("--config", type=FILE, metavar="FILE", help="The configuration file.")
@click.option("--check-config", is_flag=True, help="Only check the file; say what it serves.")
@click.option("--maildir", type=FILE, metavar="DIR", help="Serve one Maildir, without a file.")
@click.option("--account", metavar="NAME", help="The account that may read the Maildir.")
@click.option(
    "--password-file",
    type=FILE,
    metavar="FILE",
    help="Take the account's password from the first line of a file. Without it the password is "
    "asked for, or read from standard input where that is no terminal.",
)
@click.option(
    "--listen",
    callback=_endpoint,
    metavar="HOST:PORT",
    help=f"Where to listen with --maildir: {LOOPBACK[0].text} if left out; port 0 is any free one.",
)
@click.option("--trace", is_flag=True, help="Print each session's steps as they happen.")
def serve(  # noqa: PLR0913 - one parameter for each option.
    *,
    config: Path | None,
    check_config: bool,
    maildir: Path | None,
    account: str | None,
    password_file: Path | None,
    listen: Endpoint | None,
    trace: bool,
) -> None:
    """Serve mailboxes over POP3, until SIGTERM or SIGINT.

    Give --config FILE, or --maildir DIR and --account NAME for one mailbox without a file.

    The first signal ends each session where it next waits for a command, the second ends them all
    at once. SIGHUP reads the certificates anew.

    Exit codes: 0 all is well; 1 sessions were left at the end; 2 what was given cannot be used.
    """
    prepare_stdout()
    with refusals():
        if config is not None:
            _refuse_together("--config", maildir, account, password_file, listen)
            order = order_of_file(config)
        elif check_config:
            raise click.UsageError("--check-config checks a file: give it with --config FILE")
        elif maildir is None or account is None:
            raise click.UsageError("give --config FILE, or --maildir DIR and --account NAME")
        else:
            order = order_of_maildir(maildir, account, listen=listen, password_file=password_file)
        assembly = build(order.configuration, account=order.account)
        order = replace(order, warnings=(*order.warnings, *assembly.warnings))
    if check_config:
        _tell(order)
        assembly.close()
    else:
        sys.exit(_serve(order, assembly, trace=trace))


def _refuse_together(first: str, *others: object) -> None:
    if any(other is not None for other in others):
        raise click.UsageError(
            f"{first} says it all: leave out --maildir, --account, --password-file and --listen"
        )


def _serve(order: Order, assembly: Assembly, *, trace: bool) -> int:
    log_to_stderr()
    for warning in order.warnings:
        logger.warning("%s", warning)
    sessions = order.configuration.limits.sessions
    if shortage := descriptor_warning(sessions, descriptors=raise_descriptor_limit()):
        logger.warning("%s", shortage)
    with refusals():
        return run(assembly, _announce, printer=StepPrinter() if trace else None)


def _announce(running: Running) -> None:
    for listener in running.listeners:
        protocol = "pop3s" if listener.tls_first else "pop3"
        proxied = ", behind a proxy" if listener.proxied else ""
        click.echo(f"Serving {protocol} on {listener.endpoint.text}{proxied}")


def _tell(order: Order) -> None:
    """Print what a configuration serves, and what should be thought over."""
    for line in _facts(order.configuration):
        click.echo(line)
    for warning in order.warnings:
        click.echo(f"Warning: {warning}")
    click.echo("The configuration can be served.")


def _facts(configuration: Configuration) -> Iterator[str]:
    yield from _addresses(configuration)
    if configuration.proxy.trusted:
        trusted = ", ".join(str(one.network) for one in configuration.proxy.trusted)
        yield f"proxies    {trusted}"
    for _, name, certificate, _ in configuration.tls.pairs if configuration.tls else ():
        shown_to = "every other client" if name is None else f"clients of {name}"
        yield f"tls        {click.format_filename(certificate)}, for {shown_to}"
    if configuration.accounts.file is not None:
        yield f"accounts   {click.format_filename(configuration.accounts.file)}"
    if configuration.oauth is not None:
        yield f"tokens     {_tokens(configuration.oauth)}"
    yield from _mailboxes(configuration.mailboxes)
    yield f"limits     {_limits(configuration.limits)}"


def _mailboxes(mailboxes: Mailboxes) -> Iterator[str]:
    """Say where mail lies, who may open it, and what becomes of it."""
    if mailboxes.path is not None:
        template = click.format_filename(mailboxes.path.template)
        as_well = " and Dovecot's session lock" if mailboxes.dovecot_session_lock else ""
        kept = "" if mailboxes.format is MaildropFormat.MAILDIR else f"{mailboxes.format}, "
        yield f"mailboxes  {template}, {kept}{mailboxes.lock} lock{as_well}"
    for mailbox, delegates in mailboxes.delegates.items():
        yield f"           {mailbox!r} is shared with {', '.join(map(repr, delegates))}"
    if mailboxes.deletion != EXPUNGE:
        yield f"           deleted messages: {mailboxes.deletion.text}"
    for mailbox, policy in mailboxes.deletions.items():
        yield f"           deleted messages of {mailbox!r}: {policy.text}"
    for mailbox, named in mailboxes.folders.items():
        yield f"           {mailbox!r} is the folder {named.folder!r} of {named.owner!r}"
    if mailboxes.unique_ids is not IdsOf.FILE_NAMES:
        scheme = scheme_of(mailboxes.unique_ids, mailboxes.dovecot_uidl_format)
        yield f"           unique ids as those of {scheme.name}"


def _addresses(configuration: Configuration) -> Iterator[str]:
    """Say what is spoken where."""
    listen = configuration.listen
    stls = "with STLS" if configuration.tls is not None else "without TLS"
    for endpoint in listen.pop3:
        yield f"pop3       {endpoint.text}, {stls}"
    for endpoint in listen.pop3s:
        yield f"pop3s      {endpoint.text}"
    for endpoint in listen.pop3_proxied:
        yield f"pop3       {endpoint.text}, {stls}, behind a proxy"
    for endpoint in listen.pop3s_proxied:
        yield f"pop3s      {endpoint.text}, behind a proxy"


def _tokens(oauth: OAuth) -> str:
    """Say how tokens are validated."""
    if oauth.introspection_url is not None:
        return f"good if {oauth.introspection_url.url} says so"
    where = [click.format_filename(path) for path in oauth.key_files]
    if oauth.keys_url is not None:
        where.append(oauth.keys_url.url)
    return f"signed, by the keys of {', '.join(where)}"


def _limits(limits: Limits) -> str:
    """Say how many sessions there may be."""
    numbers = {
        "of an account": limits.sessions_per_account,
        "of a mailbox": limits.sessions_per_mailbox,
        "from an address": limits.sessions_per_address,
        "in all": limits.sessions,
    }
    return "; ".join(f"{number or 'any number of'} sessions {of}" for of, number in numbers.items())
