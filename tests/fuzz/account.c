/* account.c - see account.h. */
#include "fuzz/account.h"

#include "fuzz/fuzz.h"

enum { RESENDS = 3 }; /* of a command that the device said nak to */

static struct {
	struct session *session;
	uint64_t asked; /* commands so far */
	bool paced;
	struct bytes came;     /* all that the device said */
	size_t reported;       /* bytes of it that are in exchanges */
	struct bytes expected; /* of the commands that went onto this line, one behind the other */
	size_t sent;           /* so much of it did */
	bool loose;            /* commands go out of turn */
	bool blind;            /* tokens among paced bytes: which is which cannot be told */
	uint64_t last; /* the last command whose bytes are in `expected`, or never will be */
	struct {
		bool ended;
		unsigned times; /* sent */
		size_t from;    /* in `came`: what stands there came after all of it was sent */
		size_t echo;    /* the same: after its first byte was sent */
	} commands[ACCOUNT_COMMANDS];
} book;

uint64_t account_ask(void)
{
	return book.asked + 1 < ACCOUNT_COMMANDS ? ++book.asked : 0;
}

uint64_t account_number(const struct exchange *x)
{
	return (uint64_t)(uintptr_t)x->asker;
}

static bool has_tokens(void)
{
	const struct frame_rules *rules = frame_rules(session_frame(book.session));
	return rules->ack.len || rules->nak.len || rules->bids;
}

static bool is_token(struct slice bytes)
{
	const struct frame_rules *rules = frame_rules(session_frame(book.session));
	bool found = slice_equal(bytes, rules->ack) || slice_equal(bytes, rules->nak);
	for (size_t i = 0; i < 3; i++)
		found |= slice_equal(bytes, rules->bid[i]);
	return found;
}

void account_begin(struct session *s, bool paced, bool loose)
{
	memset(book.commands, 0, sizeof book.commands);
	bytes_init(&book.came, LIMIT_FRAME_MOST);
	bytes_init(&book.expected, LIMIT_FRAME_MOST);
	book.session = s;
	book.paced = paced;
	book.reported = book.sent = 0;
	book.loose = book.blind = loose;
	book.last = book.asked = 0;
}

/* The command went onto the line: once. */
static void expect(const struct exchange *x)
{
	if (account_number(x) <= book.last)
		return;
	book.last = account_number(x);
	book.commands[account_number(x)].from = book.came.len;
	book.commands[account_number(x)].echo = book.came.len;
	book.blind |= book.paced && has_tokens();
	if (!has_tokens()) /* else it waits for the device's leave, and may come again */
		bytes_add(&book.expected, x->sent);
}

void account_sent(struct slice bytes)
{
	const struct exchange *x = session_current(book.session);
	if (x)
		expect(x);
	if (has_tokens()) {
		if (is_token(bytes) || book.blind)
			return;
		unsigned most = frame_rules(session_frame(book.session))->nak.len ? 1 + RESENDS : 1;
		MUST(x && slice_equal(bytes, x->sent));
		MUST(++book.commands[account_number(x)].times <= most);
		return;
	}
	if (book.blind)
		return;
	size_t to = book.sent + bytes.len;
	MUST(to <= book.expected.len);
	MUST(slice_equal(bytes, slice_cut(bytes_slice(&book.expected), book.sent, to)));
	book.sent = to;
	if (x)
		book.commands[account_number(x)].from = book.came.len;
}

void account_came(struct slice bytes)
{
	bytes_add(&book.came, bytes);
}

void account_line_closed(void)
{
	const struct exchange *next = session_next(book.session);
	uint64_t waits = next ? account_number(next) : book.asked + 1;
	if (waits - 1 > book.last)
		book.last = waits - 1;
	bytes_clear(&book.expected);
	book.sent = 0;
	book.blind = book.loose;
}

/* Each came behind the one before, or lies inside it, and all of it after the command was sent. */
static void check_replies(const struct exchange *x)
{
	size_t from = book.commands[account_number(x)].from;
	for (const struct reply *r = x->replies; r; r = r->next) {
		/* Other marks may hide that it was found inside a damaged one. */
		bool inside = r->mark != MARK_NONE && r->mark != MARK_ECHO;
		size_t at = r->mark == MARK_ECHO ? book.commands[account_number(x)].echo
			    : inside             ? book.commands[account_number(x)].from
						 : from;
		struct slice rest = slice_cut(bytes_slice(&book.came), at, book.came.len);
		if (!r->raw.len || r->kind == SPLIT_ACK) /* tokens come when they like */
			continue;
		MUST(rest.len);
		const uint8_t *found = memmem(rest.at, rest.len, r->raw.at, r->raw.len);
		MUST(found);
		if (!inside) {
			from = at + (size_t)(found - rest.at) + r->raw.len;
			book.reported += r->raw.len;
		}
	}
	book.reported += x->stray.len;
	MUST(book.reported <= book.came.len); /* no byte is reported twice */
}

static void check_status(const struct exchange *x)
{
	bool unsent = x->status == EXCHANGE_REFUSED || x->status == EXCHANGE_CONNECT;
	MUST(x->status != EXCHANGE_WAITING && x->ended_at >= x->sent_at);
	MUST(x->status != EXCHANGE_UNSOLICITED && x->status != EXCHANGE_LATE);
	MUST(!unsent || !x->sent_at);
	MUST(x->sent_at ||
		(!x->replies && !x->stray.len && book.commands[account_number(x)].times == 0));
	MUST(x->status != EXCHANGE_OK || (x->sent_at && !x->error));
	MUST(x->status == EXCHANGE_OK || (x->error && *x->error));
}

/* A good reply comes to what was sent to its end; else no more of it is sent. */
static void left(const struct exchange *x)
{
	expect(x);
	MUST(x->status != EXCHANGE_OK || book.blind || book.sent == book.expected.len);
	book.expected.len = book.sent;
}

void account_ended(const struct exchange *x)
{
	MUST(!x->command == !account_number(x) && !x->command == !x->ended);
	if (x->command) {
		MUST(account_number(x) <= book.asked);
		MUST(!book.commands[account_number(x)].ended);
		book.commands[account_number(x)].ended = true;
		if (x->sent_at)
			left(x);
		check_status(x);
	}
	check_replies(x);
}

void account_done(void)
{
	for (uint64_t n = 1; n <= book.asked; n++)
		MUST(book.commands[n].ended);
	bytes_free(&book.came);
	bytes_free(&book.expected);
}
