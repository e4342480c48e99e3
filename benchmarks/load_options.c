/* Reads the command line of the load generator; what a run may ask for is bounded here. */

#include "load_options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The bounds of every run: nothing that a caller passes may make this program run for ever. */
#define COUNT_MAX 1000000
#define CONCURRENCY_MAX 20000
#define DEADLINE_MAX_S 600
#define OCTETS_MAX 100000000000ULL

const char *const MODE_NAMES[4] = {"logins", "polls", "retr", "idle"};

void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(2);
}

static const char USAGE[] =
    "usage: load MODE HOST PORT [options]\n"
    "  MODE  logins: connect, USER, PASS, STAT, QUIT\n"
    "        polls:  log in, UIDL, LIST, 5 x RETR, QUIT\n"
    "        retr:   log in, RETR message 1 until --octets have come, QUIT\n"
    "        idle:   open --count sessions and hold them until standard input closes\n"
    "  HOST  127.0.0.0/8 or ::1, as digits; any other address is refused\n"
    "options:\n"
    "  --count N            sessions in all (retr: one for each place)\n"
    "  --concurrency N      sessions at a time (idle: log-ins at a time)\n"
    "  --accounts N         accounts PREFIX0 to PREFIX(N-1); at least as many as sessions at once\n"
    "  --first N            number of the first account\n"
    "  --prefix TEXT        what account names begin with (user)\n"
    "  --password TEXT      the password of them all\n"
    "  --octets N           retr: stop once that many octets of messages have come\n"
    "  --no-login           idle: hold the sessions before log-in\n"
    "  --deadline N         seconds after which all that is unfinished is an error (60)\n"
    "  --expect-messages N  what STAT and LIST must say\n"
    "  --expect-octets N    what STAT and LIST must say\n";

static unsigned long long number(const char *name, const char *text, unsigned long long least,
                                 unsigned long long most)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0' || end == text || text[0] == '-' || value < least ||
        value > most)
        die("%s: expected a number from %llu to %llu, found %s", name, least, most, text);
    return value;
}

static void read_mode(struct options *options, const char *text)
{
    for (unsigned i = 0; i < sizeof MODE_NAMES / sizeof MODE_NAMES[0]; i++)
        if (strcmp(text, MODE_NAMES[i]) == 0) {
            options->mode = (enum mode)i;
            return;
        }
    die("MODE: expected logins, polls, retr or idle, found %s", text);
}

/* A load generator is a weapon: this one cannot be pointed at anybody else's machine. */
static void read_address(struct options *options, const char *host, const char *port)
{
    struct sockaddr_in *four = (struct sockaddr_in *)&options->address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&options->address;
    in_port_t network_port = htons((in_port_t)number("PORT", port, 1, 65535));
    if (inet_pton(AF_INET, host, &four->sin_addr) == 1 &&
        ntohl(four->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET) {
        four->sin_family = AF_INET;
        four->sin_port = network_port;
        options->address_length = sizeof *four;
    } else if (inet_pton(AF_INET6, host, &six->sin6_addr) == 1 &&
               IN6_IS_ADDR_LOOPBACK(&six->sin6_addr)) {
        six->sin6_family = AF_INET6;
        six->sin6_port = network_port;
        options->address_length = sizeof *six;
    } else {
        die("HOST: expected a loopback address (127.0.0.0/8 or ::1), found %s", host);
    }
}

static const struct option OPTIONS[] = {
    {"count", required_argument, NULL, 'n'},
    {"concurrency", required_argument, NULL, 'c'},
    {"accounts", required_argument, NULL, 'k'},
    {"first", required_argument, NULL, 'f'},
    {"prefix", required_argument, NULL, 'u'},
    {"password", required_argument, NULL, 'p'},
    {"octets", required_argument, NULL, 'b'},
    {"no-login", no_argument, NULL, 'l'},
    {"deadline", required_argument, NULL, 'd'},
    {"expect-messages", required_argument, NULL, 'm'},
    {"expect-octets", required_argument, NULL, 'o'},
    {NULL, 0, NULL, 0},
};

static void read_option(struct options *options, int option, const char *text)
{
    switch (option) {
    case 'n': options->count = number("--count", text, 1, COUNT_MAX); break;
    case 'c': options->concurrency = number("--concurrency", text, 1, CONCURRENCY_MAX); break;
    case 'k': options->accounts = number("--accounts", text, 1, COUNT_MAX); break;
    case 'f': options->first_account = number("--first", text, 0, COUNT_MAX); break;
    case 'u': options->prefix = text; break;
    case 'p': options->password = text; break;
    case 'b': options->octets = number("--octets", text, 1, OCTETS_MAX); break;
    case 'l': options->log_in = false; break;
    case 'd': options->deadline_s = (double)number("--deadline", text, 1, DEADLINE_MAX_S); break;
    case 'm':
        options->expected_messages = (long)number("--expect-messages", text, 0, COUNT_MAX);
        break;
    case 'o':
        options->expected_octets = (long long)number("--expect-octets", text, 0, OCTETS_MAX);
        break;
    default: fputs(USAGE, stderr); exit(2);
    }
}

static void read_arguments(struct options *options, int argc, char **argv)
{
    int option;
    while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1)
        read_option(options, option, optarg);
    if (argc - optind != 3) {
        fputs(USAGE, stderr);
        exit(2);
    }
    read_mode(options, argv[optind]);
    read_address(options, argv[optind + 1], argv[optind + 2]);
    if (options->mode != MODE_IDLE && !options->log_in)
        die("--no-login is for idle only");
    if (options->mode == MODE_RETR)
        options->count = options->concurrency;
    options->places = options->mode == MODE_IDLE ? options->count : options->concurrency;
    if (options->accounts < options->places)
        die("--accounts: expected at least one for each session at a time (%lu), found %lu",
            options->places, options->accounts);
}

struct options read_options(int argc, char **argv)
{
    struct options options = {
        .prefix = "user",
        .password = "",
        .count = 1,
        .concurrency = 1,
        .accounts = 1,
        .octets = 1,
        .deadline_s = 60,
        .log_in = true,
        .expected_messages = -1,
        .expected_octets = -1,
    };
    read_arguments(&options, argc, argv);
    return options;
}
