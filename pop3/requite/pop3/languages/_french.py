"""What the replies are in French.

Decides nothing. It is a table of Python and not a catalogue of gettext, so that nothing is read
from a disk and nothing has to be compiled; its keys are the replies of the declaration.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ("FRENCH",)

FRENCH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "-ERR [SYS/TEMP] Too many connections; try again later.": (
            "-ERR [SYS/TEMP] Trop de connexions, réessayez plus tard."
        ),
        "-ERR [SYS/TEMP] The server cannot count connections; try later.": (
            "-ERR [SYS/TEMP] Le serveur ne peut pas compter les connexions, réessayez plus tard."
        ),
        "+OK Password, please.": "+OK Le mot de passe, s'il vous plaît.",
        "-ERR APOP is not available here.": "-ERR APOP n'est pas disponible ici.",
        "+OK UTF8 is enabled.": "+OK UTF8 est activé.",
        "+OK Languages follow.": "+OK Voici les langues.",
        "+OK {language} The language is chosen.": "+OK {language} La langue est choisie.",
        "-ERR That language is not there; LANG lists those that are.": (
            "-ERR Cette langue n'existe pas ici, LANG donne la liste de celles qui existent."
        ),
        "-ERR That is not a valid initial response.": (
            "-ERR Ce n'est pas une réponse initiale valide."
        ),
        "+OK Mechanisms follow.": "+OK Voici les mécanismes d'authentification.",
        "-ERR That mechanism is not offered; CAPA lists those that are.": (
            "-ERR Ce mécanisme n'est pas proposé, CAPA donne la liste de ceux qui le sont."
        ),
        "-ERR [AUTH] A password is not accepted in the clear; use TLS.": (
            "-ERR [AUTH] Un mot de passe n'est pas accepté en clair, utilisez TLS."
        ),
        "+OK Begin TLS.": "+OK Commencez TLS.",
        "-ERR TLS is not available here.": "-ERR TLS n'est pas disponible ici.",
        "+OK Capabilities follow.": "+OK Voici les fonctions du serveur.",
        "+OK Goodbye.": "+OK Au revoir.",
        "-ERR Log in first.": "-ERR Identifiez-vous d'abord.",
        "-ERR Unknown command.": "-ERR Commande inconnue.",
        "-ERR That command does not take these arguments.": (
            "-ERR Cette commande n'accepte pas ces arguments."
        ),
        "-ERR The line is too long; it has been skipped.": (
            "-ERR La ligne est trop longue, elle a été ignorée."
        ),
        "-ERR The line has no end.": "-ERR La ligne n'a pas de fin.",
        "-ERR Too many lines could not be read.": "-ERR Trop de lignes étaient illisibles.",
        "-ERR Too many commands before a login.": "-ERR Trop de commandes avant l'identification.",
        "-ERR [SYS/TEMP] The administrator has ended this session.": (
            "-ERR [SYS/TEMP] L'administrateur a mis fin à cette session."
        ),
        "-ERR [SYS/TEMP] The server is stopping; try again later.": (
            "-ERR [SYS/TEMP] Le serveur s'arrête, réessayez plus tard."
        ),
        "-ERR [SYS/TEMP] Something failed in the server; try again later.": (
            "-ERR [SYS/TEMP] Une erreur s'est produite dans le serveur, réessayez plus tard."
        ),
        "-ERR Give USER first.": "-ERR Envoyez d'abord USER.",
        "-ERR The exchange is cancelled.": "-ERR L'échange est annulé.",
        "-ERR That is not a valid response.": "-ERR Ce n'est pas une réponse valide.",
        "-ERR The response is too long; it has been skipped.": (
            "-ERR La réponse est trop longue, elle a été ignorée."
        ),
        "-ERR [AUTH] Wrong name or password, once too often.": (
            "-ERR [AUTH] Nom ou mot de passe incorrect, une fois de trop."
        ),
        "-ERR [SYS/TEMP] Accounts cannot be looked up at the moment; try again later.": (
            "-ERR [SYS/TEMP] Les comptes ne peuvent pas être consultés pour le moment, réessayez "
            "plus tard."
        ),
        "-ERR [AUTH] Wrong name or password.": "-ERR [AUTH] Nom ou mot de passe incorrect.",
        (
            "-ERR [IN-USE] Too many sessions are open for this account. Close one, or wait a "
            "minute, and try again."
        ): (
            "-ERR [IN-USE] Trop de sessions sont ouvertes pour ce compte. Fermez-en une, ou "
            "attendez une minute, puis réessayez."
        ),
        "-ERR [LOGIN-DELAY] This account has logged in a moment ago; wait, and try again.": (
            "-ERR [LOGIN-DELAY] Ce compte vient de s'identifier, attendez un peu et réessayez."
        ),
        "-ERR [SYS/TEMP] Sessions cannot be counted at the moment; try again later.": (
            "-ERR [SYS/TEMP] Les sessions ne peuvent pas être comptées pour le moment, réessayez "
            "plus tard."
        ),
        "-ERR [IN-USE] Another session has this mailbox open; try again later.": (
            "-ERR [IN-USE] Une autre session a ouvert cette boîte aux lettres, réessayez plus tard."
        ),
        "-ERR [SYS/PERM] This mailbox cannot be used; ask the administrator.": (
            "-ERR [SYS/PERM] Cette boîte aux lettres est inutilisable, adressez-vous à "
            "l'administrateur."
        ),
        "-ERR [SYS/TEMP] The mailbox cannot be locked at the moment; try again later.": (
            "-ERR [SYS/TEMP] La boîte aux lettres ne peut pas être verrouillée pour le moment, "
            "réessayez plus tard."
        ),
        "+OK Logged in, {message_count} messages ({maildrop_octets} octets).": (
            "+OK Vous êtes identifié, {message_count} messages ({maildrop_octets} octets)."
        ),
        "-ERR [SYS/TEMP] The mailbox cannot be opened at the moment; try again later.": (
            "-ERR [SYS/TEMP] La boîte aux lettres ne peut pas être ouverte pour le moment, "
            "réessayez plus tard."
        ),
        "+OK {message_count} messages ({maildrop_octets} octets)": (
            "+OK {message_count} messages ({maildrop_octets} octets)"
        ),
        "+OK Unique ids follow.": "+OK Voici les identifiants uniques.",
        "+OK Message {number} is marked as deleted.": (
            "+OK Le message {number} est marqué comme supprimé."
        ),
        "-ERR [SYS/TEMP] Message {number} could not be read, and is not deleted.": (
            "-ERR [SYS/TEMP] Le message {number} n'a pas pu être lu et n'est pas supprimé."
        ),
        "-ERR [SYS/PERM] Messages of this mailbox cannot be deleted.": (
            "-ERR [SYS/PERM] Les messages de cette boîte ne peuvent pas être supprimés."
        ),
        "-ERR No such message.": "-ERR Ce message n'existe pas.",
        "-ERR You are logged in already.": "-ERR Vous êtes déjà identifié.",
        "+OK {message_octets} octets": "+OK {message_octets} octets",
        "+OK The top of message {number} follows.": "+OK Voici le début du message {number}.",
        "-ERR Message {number} has been removed by another program.": (
            "-ERR Le message {number} a été retiré par un autre programme."
        ),
        "-ERR [SYS/TEMP] Message {number} cannot be read at the moment.": (
            "-ERR [SYS/TEMP] Le message {number} ne peut pas être lu pour le moment."
        ),
        "-ERR [SYS/TEMP] Some deleted messages are not removed.": (
            "-ERR [SYS/TEMP] Certains messages supprimés n'ont pas été retirés."
        ),
    }
)
