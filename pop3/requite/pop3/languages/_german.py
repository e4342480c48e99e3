"""What the replies are in German.

Decides nothing. It is a table of Python and not a catalogue of gettext, so that nothing is read
from a disk and nothing has to be compiled; its keys are the replies of the declaration.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ("GERMAN",)

GERMAN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "-ERR [SYS/TEMP] Too many connections; try again later.": (
            "-ERR [SYS/TEMP] Zu viele Verbindungen; versuchen Sie es später noch einmal."
        ),
        "-ERR [SYS/TEMP] The server cannot count connections; try later.": (
            "-ERR [SYS/TEMP] Der Server kann die Verbindungen nicht zählen; versuchen Sie es "
            "später noch einmal."
        ),
        "+OK Password, please.": "+OK Bitte das Passwort.",
        "-ERR APOP is not available here.": "-ERR APOP gibt es hier nicht.",
        "+OK UTF8 is enabled.": "+OK UTF8 ist eingeschaltet.",
        "+OK Languages follow.": "+OK Die Sprachen folgen.",
        "+OK {language} The language is chosen.": "+OK {language} Die Sprache ist gewählt.",
        "-ERR That language is not there; LANG lists those that are.": (
            "-ERR Diese Sprache gibt es hier nicht; LANG zeigt, welche es gibt."
        ),
        "-ERR That is not a valid initial response.": (
            "-ERR Das ist keine gültige erste Antwort des Verfahrens."
        ),
        "+OK Mechanisms follow.": "+OK Die Anmeldeverfahren folgen.",
        "-ERR That mechanism is not offered; CAPA lists those that are.": (
            "-ERR Dieses Anmeldeverfahren wird nicht angeboten; CAPA zeigt, welche es gibt."
        ),
        "-ERR [AUTH] A password is not accepted in the clear; use TLS.": (
            "-ERR [AUTH] Ein Passwort wird unverschlüsselt nicht angenommen; verwenden Sie TLS."
        ),
        "+OK Begin TLS.": "+OK Beginnen Sie mit TLS.",
        "-ERR TLS is not available here.": "-ERR TLS steht hier nicht zur Verfügung.",
        "+OK Capabilities follow.": "+OK Die Fähigkeiten des Servers folgen.",
        "+OK Goodbye.": "+OK Auf Wiedersehen.",
        "-ERR Log in first.": "-ERR Melden Sie sich zuerst an.",
        "-ERR Unknown command.": "-ERR Unbekannter Befehl.",
        "-ERR That command does not take these arguments.": (
            "-ERR Dieser Befehl passt nicht zu diesen Argumenten."
        ),
        "-ERR The line is too long; it has been skipped.": (
            "-ERR Die Zeile ist zu lang; sie wurde übergangen."
        ),
        "-ERR The line has no end.": "-ERR Die Zeile hat kein Ende.",
        "-ERR Too many lines could not be read.": (
            "-ERR Zu viele Zeilen waren nicht zu verstehen."
        ),
        "-ERR Too many commands before a login.": "-ERR Zu viele Befehle vor der Anmeldung.",
        "-ERR [SYS/TEMP] The administrator has ended this session.": (
            "-ERR [SYS/TEMP] Der Administrator hat diese Sitzung beendet."
        ),
        "-ERR [SYS/TEMP] The server is stopping; try again later.": (
            "-ERR [SYS/TEMP] Der Server wird beendet; versuchen Sie es später noch einmal."
        ),
        "-ERR [SYS/TEMP] Something failed in the server; try again later.": (
            "-ERR [SYS/TEMP] Im Server ist ein Fehler aufgetreten; versuchen Sie es später noch "
            "einmal."
        ),
        "-ERR Give USER first.": "-ERR Geben Sie zuerst USER an.",
        "-ERR The exchange is cancelled.": "-ERR Die Anmeldung ist abgebrochen.",
        "-ERR That is not a valid response.": "-ERR Das ist keine gültige Antwort.",
        "-ERR The response is too long; it has been skipped.": (
            "-ERR Die Antwort ist zu lang; sie wurde übergangen."
        ),
        "-ERR [AUTH] Wrong name or password, once too often.": (
            "-ERR [AUTH] Name oder Passwort ist falsch, und das einmal zu oft."
        ),
        "-ERR [SYS/TEMP] Accounts cannot be looked up at the moment; try again later.": (
            "-ERR [SYS/TEMP] Konten lassen sich zurzeit nicht nachschlagen; versuchen Sie es "
            "später noch einmal."
        ),
        "-ERR [AUTH] Wrong name or password.": "-ERR [AUTH] Name oder Passwort ist falsch.",
        (
            "-ERR [IN-USE] Too many sessions are open for this account. Close one, or wait a "
            "minute, and try again."
        ): (
            "-ERR [IN-USE] Für dieses Konto sind zu viele Sitzungen offen. Schließen Sie eine, "
            "oder warten Sie eine Minute, und versuchen Sie es noch einmal."
        ),
        "-ERR [LOGIN-DELAY] This account has logged in a moment ago; wait, and try again.": (
            "-ERR [LOGIN-DELAY] Dieses Konto hat sich gerade erst angemeldet; warten Sie, und "
            "versuchen Sie es noch einmal."
        ),
        "-ERR [SYS/TEMP] Sessions cannot be counted at the moment; try again later.": (
            "-ERR [SYS/TEMP] Sitzungen lassen sich zurzeit nicht zählen; versuchen Sie es später "
            "noch einmal."
        ),
        "-ERR [IN-USE] Another session has this mailbox open; try again later.": (
            "-ERR [IN-USE] Eine andere Sitzung hat dieses Postfach geöffnet; versuchen Sie es "
            "später noch einmal."
        ),
        "-ERR [SYS/PERM] This mailbox cannot be used; ask the administrator.": (
            "-ERR [SYS/PERM] Dieses Postfach ist nicht benutzbar; fragen Sie den Administrator."
        ),
        "-ERR [SYS/TEMP] The mailbox cannot be locked at the moment; try again later.": (
            "-ERR [SYS/TEMP] Das Postfach lässt sich zurzeit nicht sperren; versuchen Sie es "
            "später noch einmal."
        ),
        "+OK Logged in, {message_count} messages ({maildrop_octets} octets).": (
            "+OK Angemeldet, {message_count} Nachrichten ({maildrop_octets} Oktette)."
        ),
        "-ERR [SYS/TEMP] The mailbox cannot be opened at the moment; try again later.": (
            "-ERR [SYS/TEMP] Das Postfach lässt sich zurzeit nicht öffnen; versuchen Sie es "
            "später noch einmal."
        ),
        "+OK {message_count} messages ({maildrop_octets} octets)": (
            "+OK {message_count} Nachrichten ({maildrop_octets} Oktette)"
        ),
        "+OK Unique ids follow.": "+OK Die eindeutigen Kennungen folgen.",
        "+OK Message {number} is marked as deleted.": (
            "+OK Nachricht {number} ist zum Löschen vorgemerkt."
        ),
        "-ERR [SYS/TEMP] Message {number} could not be read, and is not deleted.": (
            "-ERR [SYS/TEMP] Nachricht {number} war nicht lesbar und wird nicht gelöscht."
        ),
        "-ERR [SYS/PERM] Messages of this mailbox cannot be deleted.": (
            "-ERR [SYS/PERM] Nachrichten dieses Postfachs können nicht gelöscht werden."
        ),
        "-ERR No such message.": "-ERR Diese Nachricht gibt es nicht.",
        "-ERR You are logged in already.": "-ERR Sie sind bereits angemeldet.",
        "+OK {message_octets} octets": "+OK {message_octets} Oktette",
        "+OK The top of message {number} follows.": (
            "+OK Der Anfang der Nachricht {number} folgt."
        ),
        "-ERR Message {number} has been removed by another program.": (
            "-ERR Nachricht {number} wurde von einem anderen Programm entfernt."
        ),
        "-ERR [SYS/TEMP] Message {number} cannot be read at the moment.": (
            "-ERR [SYS/TEMP] Nachricht {number} lässt sich zurzeit nicht lesen."
        ),
        "-ERR [SYS/TEMP] Some deleted messages are not removed.": (
            "-ERR [SYS/TEMP] Einige gelöschte Nachrichten wurden nicht entfernt."
        ),
    }
)
