/*
 * Loads one POP3 server on a loopback address and reports what came back, and what asking cost.
 *
 * Decides what a client asks, in which order, and when an answer is wrong. Refuses to decide
 * whether the server is any good: it prints one line of JSON and leaves judging to its caller.
 *
 * C, epoll and one thread, because the server on the other side may be a canned stub: whatever
 * this program costs is taken from the same two cores, so it must cost far less than any server,
 * and it says how much that was.
 */

#include "load_options.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* RFC 5322 section 2.1.1 allows lines of 998 octets and CRLF; twice as long is still no defect
 * of the server, so only what is far beyond that is refused. */
#define LINE_LIMIT_OCTETS 4096
/* Large enough that a RETR of 10 MB takes few system calls, small enough for a level-2 cache. */
#define READ_OCTETS (256 * 1024)
#define COMMAND_LIMIT_OCTETS 256
#define RETR_PER_POLL 5
#define EVENTS_PER_WAIT 256

/* What a session waits for: the reply to this. */
enum step {
    STEP_GREETING,
    STEP_USER,
    STEP_PASS,
    STEP_STAT,
    STEP_UIDL,
    STEP_LIST,
    STEP_RETR,
    STEP_QUIT,
    STEP_END_OF_FILE,
    STEP_HOLD,
};

struct session {
    int socket;
    enum step step;
    bool in_body;
    unsigned long account;
    unsigned long turn;          /* How many sessions this place has started. */
    unsigned long retrieved;     /* Messages fetched in this session. */
    unsigned long uids;          /* Lines of the answer to UIDL. */
    unsigned long listed;        /* Lines of the answer to LIST. */
    uint64_t listed_octets;      /* Sum over the answer to LIST. */
    uint64_t sizes[RETR_PER_POLL];
    uint64_t body_octets;        /* Of the message that is arriving, dot-stuffing undone. */
    size_t carried;
    char carry[LINE_LIMIT_OCTETS]; /* The beginning of a line whose end has not come yet. */
};

struct run {
    struct options ask;
    int epoll;
    struct session *sessions;
    unsigned long started, done, errors, retrieved;
    uint64_t octets;
    char first_error[200];
};

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- a session's end ------------------------------------------------------------------------ */

static void start_session(struct run *run, struct session *session);

static void leave(struct run *run, struct session *session)
{
    close(session->socket);
    session->socket = -1;
    /* A retr run has one session per place, an idle run holds what it has opened. */
    bool is_once = run->ask.mode == MODE_RETR || run->ask.mode == MODE_IDLE;
    if (!is_once && run->started < run->ask.count)
        start_session(run, session);
}

/* Counts an error, keeps the first one for the report and gives the session up. Always false, so
 * that a reader of replies can end with it. */
static bool fail(struct run *run, struct session *session, const char *format, ...)
{
    run->errors++;
    if (run->first_error[0] == '\0') {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(run->first_error, sizeof run->first_error, format, arguments);
        va_end(arguments);
    }
    leave(run, session);
    return false;
}

/* --- commands ------------------------------------------------------------------------------- */

static enum step after_pass(const struct run *run)
{
    switch (run->ask.mode) {
    case MODE_LOGINS: return STEP_STAT;
    case MODE_POLLS: return STEP_UIDL;
    case MODE_RETR: return STEP_LIST;
    case MODE_IDLE: return STEP_HOLD;
    }
    abort();
}

static enum step after_retr(const struct run *run, const struct session *session)
{
    if (run->ask.mode == MODE_RETR)
        return run->octets < run->ask.octets ? STEP_RETR : STEP_QUIT;
    return session->retrieved < RETR_PER_POLL ? STEP_RETR : STEP_QUIT;
}

static enum step step_after(const struct run *run, const struct session *session)
{
    switch (session->step) {
    case STEP_GREETING: return run->ask.log_in ? STEP_USER : STEP_HOLD;
    case STEP_USER: return STEP_PASS;
    case STEP_PASS: return after_pass(run);
    case STEP_STAT: return STEP_QUIT;
    case STEP_UIDL: return STEP_LIST;
    case STEP_LIST: return STEP_RETR;
    case STEP_RETR: return after_retr(run, session);
    case STEP_QUIT: return STEP_END_OF_FILE;
    case STEP_END_OF_FILE:
    case STEP_HOLD: break;
    }
    abort();
}

/* A run of retr reads one message again and again, a poll reads the first few once each. */
static unsigned long message_index(const struct run *run, const struct session *session)
{
    return run->ask.mode == MODE_RETR ? 0 : session->retrieved;
}

static int write_command(const struct run *run, const struct session *session, char *text)
{
    switch (session->step) {
    case STEP_USER:
        return snprintf(text, COMMAND_LIMIT_OCTETS, "USER %s%lu\r\n", run->ask.prefix,
                        session->account);
    case STEP_PASS: return snprintf(text, COMMAND_LIMIT_OCTETS, "PASS %s\r\n", run->ask.password);
    case STEP_STAT: return snprintf(text, COMMAND_LIMIT_OCTETS, "STAT\r\n");
    case STEP_UIDL: return snprintf(text, COMMAND_LIMIT_OCTETS, "UIDL\r\n");
    case STEP_LIST: return snprintf(text, COMMAND_LIMIT_OCTETS, "LIST\r\n");
    case STEP_RETR:
        return snprintf(text, COMMAND_LIMIT_OCTETS, "RETR %lu\r\n",
                        message_index(run, session) + 1);
    case STEP_QUIT: return snprintf(text, COMMAND_LIMIT_OCTETS, "QUIT\r\n");
    case STEP_GREETING:
    case STEP_END_OF_FILE:
    case STEP_HOLD: return 0;
    }
    abort();
}

static void start_opening(struct run *run)
{
    if (run->started < run->ask.count)
        start_session(run, &run->sessions[run->started]);
}

/* Goes on to the next step once a reply is complete. False when the session is over. */
static bool advance(struct run *run, struct session *session)
{
    char command[COMMAND_LIMIT_OCTETS];
    session->step = step_after(run, session);
    session->in_body = false;
    session->body_octets = 0;
    if (session->step == STEP_HOLD) {
        run->done++;
        start_opening(run);
        return true;
    }
    int length = write_command(run, session, command);
    if (length >= COMMAND_LIMIT_OCTETS)
        return fail(run, session, "a command would be longer than %d octets",
                    COMMAND_LIMIT_OCTETS);
    /* A command is a few octets into an empty buffer: less than all of it sent is a defect. */
    if (length > 0 && send(session->socket, command, (size_t)length, MSG_NOSIGNAL) != length)
        return fail(run, session, "cannot send a command: %s", strerror(errno));
    return true;
}

/* --- replies -------------------------------------------------------------------------------- */

/* Is that what was promised? Any figure that nobody told us is right. */
static bool is_expected(const struct run *run, unsigned long messages, uint64_t octets)
{
    const struct options *ask = &run->ask;
    return (ask->expected_messages < 0 || messages == (unsigned long)ask->expected_messages) &&
           (ask->expected_octets < 0 || octets == (uint64_t)ask->expected_octets);
}

static bool read_list_line(struct run *run, struct session *session, const char *line)
{
    unsigned long number;
    unsigned long long octets;
    if (sscanf(line, "%lu %llu", &number, &octets) != 2)
        return fail(run, session, "LIST: cannot read a line");
    if (number != session->listed + 1)
        return fail(run, session, "LIST: expected message %lu, found %lu", session->listed + 1,
                    number);
    if (session->listed < RETR_PER_POLL)
        session->sizes[session->listed] = octets;
    session->listed++;
    session->listed_octets += octets;
    return true;
}

static bool read_body_line(struct run *run, struct session *session, const char *line,
                           size_t length)
{
    switch (session->step) {
    case STEP_UIDL:
        session->uids++;
        return true;
    case STEP_LIST:
        return read_list_line(run, session, line);
    default:
        /* RFC 1939 section 3: a line that begins with a dot was sent with one dot more. */
        session->body_octets += length - (line[0] == '.');
        return true;
    }
}

static bool end_list(struct run *run, struct session *session)
{
    unsigned long needed = run->ask.mode == MODE_POLLS ? RETR_PER_POLL : 1;
    if (session->listed < needed)
        return fail(run, session, "LIST: expected at least %lu messages, found %lu", needed,
                    session->listed);
    if (!is_expected(run, session->listed, session->listed_octets))
        return fail(run, session, "LIST: expected %ld messages of %lld octets, found %lu of %llu",
                    run->ask.expected_messages, run->ask.expected_octets, session->listed,
                    (unsigned long long)session->listed_octets);
    if (run->ask.mode == MODE_POLLS && session->uids != session->listed)
        return fail(run, session, "UIDL has %lu messages, LIST has %lu", session->uids,
                    session->listed);
    return advance(run, session);
}

static bool end_retr(struct run *run, struct session *session)
{
    uint64_t promised = session->sizes[message_index(run, session)];
    if (session->body_octets != promised)
        return fail(run, session, "RETR: LIST said %llu octets, found %llu",
                    (unsigned long long)promised, (unsigned long long)session->body_octets);
    session->retrieved++;
    run->retrieved++;
    run->octets += session->body_octets;
    return advance(run, session);
}

static bool end_body(struct run *run, struct session *session)
{
    switch (session->step) {
    case STEP_LIST: return end_list(run, session);
    case STEP_RETR: return end_retr(run, session);
    default: return advance(run, session);
    }
}

static bool read_stat(struct run *run, struct session *session, const char *line)
{
    unsigned long messages;
    unsigned long long octets;
    if (sscanf(line, "+OK %lu %llu", &messages, &octets) != 2)
        return fail(run, session, "STAT: cannot read the reply");
    if (!is_expected(run, messages, octets))
        return fail(run, session, "STAT: expected %ld messages of %lld octets, found %lu of %llu",
                    run->ask.expected_messages, run->ask.expected_octets, messages, octets);
    return advance(run, session);
}

static bool read_status(struct run *run, struct session *session, const char *line, size_t length)
{
    static const char *const AFTER[] = {"connecting", "USER", "PASS", "STAT",
                                        "UIDL",       "LIST", "RETR", "QUIT"};
    if (session->step > STEP_QUIT)
        return fail(run, session, "data that nobody asked for");
    if (length < 5 || memcmp(line, "+OK", 3) != 0)
        return fail(run, session, "after %s: %.*s", AFTER[session->step], (int)(length - 2), line);
    switch (session->step) {
    case STEP_STAT:
        return read_stat(run, session, line);
    case STEP_UIDL:
    case STEP_LIST:
    case STEP_RETR:
        session->in_body = true;
        return true;
    default:
        return advance(run, session);
    }
}

/* One whole line, its line end included, followed by at least one octet that may be read. */
static bool read_line(struct run *run, struct session *session, const char *line, size_t length)
{
    if (length >= LINE_LIMIT_OCTETS)
        return fail(run, session, "a line is longer than %d octets", LINE_LIMIT_OCTETS);
    if (length < 2 || line[length - 2] != '\r')
        return fail(run, session, "a line ends in a bare LF");
    if (!session->in_body)
        return read_status(run, session, line, length);
    if (length == 3 && line[0] == '.')
        return end_body(run, session);
    return read_body_line(run, session, line, length);
}

static bool carry_on(struct run *run, struct session *session, const char *data, size_t length)
{
    if (session->carried + length >= LINE_LIMIT_OCTETS)
        return fail(run, session, "a line is longer than %d octets", LINE_LIMIT_OCTETS);
    memcpy(session->carry + session->carried, data, length);
    session->carried += length;
    session->carry[session->carried] = '\0';
    return true;
}

static bool feed(struct run *run, struct session *session, const char *data, size_t length)
{
    while (length > 0) {
        const char *end = memchr(data, '\n', length);
        if (end == NULL)
            return carry_on(run, session, data, length);
        size_t taken = (size_t)(end - data) + 1;
        if (session->carried == 0) {
            if (!read_line(run, session, data, taken))
                return false;
        } else {
            if (!carry_on(run, session, data, taken))
                return false;
            size_t whole = session->carried;
            session->carried = 0;
            if (!read_line(run, session, session->carry, whole))
                return false;
        }
        data += taken;
        length -= taken;
        if (length > 0 && !session->in_body)
            return fail(run, session, "more than the reply to what was asked");
    }
    return true;
}

/* --- sockets -------------------------------------------------------------------------------- */

/* Places never share an account, so that a server with an exclusive lock sees no contention. */
static unsigned long pick_account(const struct run *run, const struct session *session)
{
    unsigned long place = (unsigned long)(session - run->sessions);
    unsigned long places = run->ask.places;
    unsigned long accounts_of_place = (run->ask.accounts - place + places - 1) / places;
    return run->ask.first_account + place + places * (session->turn % accounts_of_place);
}

static void start_session(struct run *run, struct session *session)
{
    const int on = 1;
    unsigned long turn = session->turn;
    memset(session, 0, offsetof(struct session, carry));
    session->turn = turn;
    session->account = pick_account(run, session);
    session->turn = turn + 1;
    run->started++;

    int kind = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    session->socket = socket(run->ask.address.ss_family, kind, 0);
    if (session->socket < 0)
        die("cannot make a socket: %s", strerror(errno));
    setsockopt(session->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event interest = {.events = EPOLLIN, .data.ptr = session};
    /* The server speaks first, so a connection that fails or succeeds shows as something to
     * read; connect() itself has nothing to tell but that it has begun. */
    const struct sockaddr *address = (const struct sockaddr *)&run->ask.address;
    if (connect(session->socket, address, run->ask.address_length) != 0 && errno != EINPROGRESS)
        die("cannot connect: %s", strerror(errno));
    if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, session->socket, &interest) != 0)
        die("cannot watch a socket: %s", strerror(errno));
}

static void read_session(struct run *run, struct session *session)
{
    static char buffer[READ_OCTETS + 1];
    ssize_t length = recv(session->socket, buffer, READ_OCTETS, 0);
    if (length > 0) {
        buffer[length] = '\0';
        feed(run, session, buffer, (size_t)length);
    } else if (length == 0 && session->step == STEP_END_OF_FILE) {
        run->done++;
        leave(run, session);
    } else if (length == 0) {
        fail(run, session, "the server closed the connection");
    } else if (errno != EAGAIN && errno != EINTR) {
        fail(run, session, "cannot receive: %s", strerror(errno));
    }
}

static bool is_finished(const struct run *run)
{
    unsigned long over = run->done + run->errors;
    /* An idle run with one session less than asked for would measure something else. */
    return over >= run->ask.count || (run->ask.mode == MODE_IDLE && run->errors > 0);
}

static void fail_what_is_open(struct run *run)
{
    run->ask.count = run->started;
    for (unsigned long place = 0; place < run->ask.places; place++)
        if (run->sessions[place].socket >= 0 && run->sessions[place].step != STEP_HOLD)
            fail(run, &run->sessions[place], "not finished at the deadline of %.0f s",
                 run->ask.deadline_s);
}

static void drive(struct run *run, double start_s)
{
    struct epoll_event events[EVENTS_PER_WAIT];
    for (unsigned long place = 0; place < run->ask.concurrency && place < run->ask.count; place++)
        start_session(run, &run->sessions[place]);
    while (!is_finished(run)) {
        double left_s = start_s + run->ask.deadline_s - now_s();
        if (left_s <= 0) {
            fail_what_is_open(run);
            return;
        }
        int ready = epoll_wait(run->epoll, events, EVENTS_PER_WAIT, (int)(left_s * 1000) + 1);
        for (int i = 0; i < ready; i++)
            read_session(run, events[i].data.ptr);
    }
}

/* Keeps what is open until standard input closes. False when a session was lost meanwhile. */
static bool hold(struct run *run, double start_s)
{
    struct epoll_event events[EVENTS_PER_WAIT];
    struct epoll_event interest = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, STDIN_FILENO, &interest) != 0)
        die("standard input must be a pipe: %s", strerror(errno));
    for (;;) {
        double left_s = start_s + run->ask.deadline_s - now_s();
        if (left_s <= 0) {
            fputs("load: still holding at the deadline\n", stderr);
            return false;
        }
        int ready = epoll_wait(run->epoll, events, EVENTS_PER_WAIT, (int)(left_s * 1000) + 1);
        for (int i = 0; i < ready; i++) {
            char ignored[64];
            if (events[i].data.ptr != NULL) {
                fputs("load: a session was lost while it was held\n", stderr);
                return false;
            }
            if (read(STDIN_FILENO, ignored, sizeof ignored) == 0)
                return true;
        }
    }
}

/* --- the report ----------------------------------------------------------------------------- */

static void report(struct run *run, double wall_s)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double cpu_s = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                   (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    /* A reply is whatever a server sends: nothing of it may break the JSON. */
    for (char *c = run->first_error; *c != '\0'; c++)
        if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\')
            *c = '?';
    printf("{\"mode\": \"%s\", \"done\": %lu, \"errors\": %lu, \"first_error\": \"%s\", "
           "\"retrieved\": %lu, \"octets\": %llu, \"wall_s\": %.6f, \"cpu_s\": %.6f}\n",
           MODE_NAMES[run->ask.mode], run->done, run->errors, run->first_error, run->retrieved,
           (unsigned long long)run->octets, wall_s, cpu_s);
    fflush(stdout);
}

static void lift_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    struct run run = {.ask = read_options(argc, argv)};
    lift_descriptor_limit();
    run.epoll = epoll_create1(EPOLL_CLOEXEC);
    run.sessions = calloc(run.ask.places, sizeof *run.sessions);
    if (run.epoll < 0 || run.sessions == NULL)
        die("cannot begin: %s", strerror(errno));
    for (unsigned long place = 0; place < run.ask.places; place++)
        run.sessions[place].socket = -1;

    double start_s = now_s();
    drive(&run, start_s);
    report(&run, now_s() - start_s);
    bool kept = run.ask.mode != MODE_IDLE || run.errors > 0 || hold(&run, start_s);
    return run.errors == 0 && kept ? 0 : 1;
}
