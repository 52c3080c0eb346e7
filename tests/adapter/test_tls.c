/* The TLS engine at its cap: what is written during a renegotiation is held up to 1 MiB, and all of
 * it arrives. */
#include "adapter/tls.h"
#include "fuzz/server.h"
#include "lib/tap.h"

enum { HELD = 1 << 20, BLOCK = 1 << 14 };

static struct server server;
static struct tls *engine;
static struct bytes wire;
static uint8_t content[HELD], got[HELD];

static void to_engine(void)
{
	bytes_clear(&wire);
	server_take(&server, &wire);
	tls_functions.feed(engine, wire.at, wire.len);
}

static void to_server(void)
{
	uint8_t block[BLOCK];
	size_t n;
	while ((n = tls_functions.take(engine, block, sizeof block)) > 0)
		server_feed(&server, slice_of(block, n));
}

static bool shake_hands(void)
{
	char why[TLS_TEXT_MAX];
	bool done = false, served = false;
	for (int i = 0; i < 8 && !(done && served); i++) {
		done = tls_functions.handshake(engine, why) == TLS_OK;
		to_server();
		served = server_handshake(&server);
		to_engine();
	}
	return done && served;
}

/* Lets both ends read until neither has more to say; returns the bytes that the server got. */
static size_t settle(void)
{
	char why[TLS_TEXT_MAX];
	size_t n, all = 0;
	for (int i = 0; i < 8; i++) {
		uint8_t block[BLOCK];
		size_t room = sizeof block;
		while (tls_functions.read(engine, block, &room, why) == TLS_OK)
			room = sizeof block;
		to_server();
		while (all < HELD && (n = server_read(&server, got + all, HELD - all)) > 0)
			all += n;
		to_engine();
	}
	return all;
}

static bool open_line(void)
{
	struct tls_config config = {.name = "pump1.local", .oldest = 2};
	char why[TLS_TEXT_MAX];
	engine = tls_functions.open(&config, why);
	return engine && server_open(&server, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256") &&
	       shake_hands();
}

int main(void)
{
	char why[TLS_TEXT_MAX] = "";
	uint8_t block[BLOCK];
	size_t room = sizeof block, held = 0;
	bytes_init(&wire, 4 * HELD);
	for (size_t i = 0; i < HELD; i++)
		content[i] = (uint8_t)(i >> 8 ^ i);
	ok(open_line(), "a line of TLS 1.2");
	server_renew(&server, true);
	to_engine();
	ok(tls_functions.read(engine, block, &room, why) == TLS_WANT, "the server renegotiates");
	while (held < HELD && tls_functions.write(engine, content + held, BLOCK, why))
		held += BLOCK;
	is_int(held, HELD, "meanwhile 1 MiB may be written");
	ok(!tls_functions.write(engine, "x", 1, why), "and no byte more");
	is_str(why, "TLS: too much to send during a renegotiation", "with the reason");
	is_int(settle(), HELD, "what was held goes out behind the renegotiation");
	ok(memcmp(got, content, HELD) == 0, "as it was written");
	ok(tls_functions.write(engine, "x", 1, why), "then there is room again");
	server_free(&server);
	tls_functions.close(engine);
	bytes_free(&wire);
	return tap_done();
}
