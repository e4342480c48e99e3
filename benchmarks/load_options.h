/*
 * What one run of the load generator is asked to do, read from its command line.
 *
 * Decides which runs are allowed: bounded in count, octets and time, and against loopback only.
 */

#ifndef REQUITE_BENCHMARKS_LOAD_OPTIONS_H
#define REQUITE_BENCHMARKS_LOAD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum mode { MODE_LOGINS, MODE_POLLS, MODE_RETR, MODE_IDLE };

extern const char *const MODE_NAMES[4];

struct options {
    enum mode mode;
    struct sockaddr_storage address;
    socklen_t address_length;
    const char *prefix;
    const char *password;
    unsigned long count, concurrency, accounts, first_account;
    unsigned long places;     /* How many sessions can be open at a time. */
    uint64_t octets;          /* How much a run of retr moves. */
    double deadline_s;
    bool log_in;
    long expected_messages;   /* -1: not told. */
    long long expected_octets; /* -1: not told. */
};

/* Reads the command line, or says on standard error what is wrong with it and exits with 2. */
struct options read_options(int argc, char **argv);

/* Says on standard error what is wrong, and exits with 2. */
void die(const char *format, ...);

#endif
