/* Any bytes from a peer that should speak TLS, in any pieces, before and instead of a handshake:
 * the engine wants more, or fails with a reason, for good; no byte of the peer becomes data, and
 * what is written is not sent in the clear. */
#include "fuzz/fuzz.h"
#include "fuzz/input.h"

#include "adapter/tls.h"
#include "fuzz/home.h"

/* The system's certificates take longer to read than all else. */
static const char ca[] = "-----BEGIN CERTIFICATE-----\n"
			 "MIIBdjCCARugAwIBAgIUMOYNIIevZ4rB2OKzqKjoTM60ezowCgYIKoZIzj0EAwIw\n"
			 "DzENMAsGA1UEAwwEZnV6ejAgFw0yNjExMjkxNTQzMzJaGA8yMTI2MTEwNTE1NDMz\n"
			 "MlowDzENMAsGA1UEAwwEZnV6ejBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKxn\n"
			 "w47aZtkvF7bSP07Vy9sHCx+qoQZoZWdh0q4FIl4NYVL4L0ZeqpioKy+EjBiDQAV3\n"
			 "WIYHwGz287f+8twpStijUzBRMB0GA1UdDgQWBBT61B3nXTXoeEkTmGGaQKSfTqu+\n"
			 "fjAfBgNVHSMEGDAWgBT61B3nXTXoeEkTmGGaQKSfTqu+fjAPBgNVHRMBAf8EBTAD\n"
			 "AQH/MAoGCCqGSM49BAMCA0kAMEYCIQDjvtMOdn7gucsbuscDpEcZBdhS1hGyM0XC\n"
			 "tyqRXnT96wIhAPxq0DU/mGDY/w9fowvRfepTzxAm9fW7k1x0fKgL8YqG\n"
			 "-----END CERTIFICATE-----\n";

static const char secret[] = "written before the peer was known";

struct line {
	struct tls *tls;
	struct bytes sent;
};

static void take_all(struct line *l)
{
	uint8_t block[512];
	size_t n;
	while ((n = tls_functions.take(l->tls, block, sizeof block)) > 0) {
		MUST(n <= sizeof block);
		bytes_add(&l->sent, slice_of(block, n));
	}
}

static bool goes_on(struct line *l, struct slice bytes)
{
	char why[TLS_TEXT_MAX] = "", block[64];
	size_t size = sizeof block;
	if (!tls_functions.feed(l->tls, bytes.at, bytes.len))
		return false;
	enum tls_result result = tls_functions.handshake(l->tls, why);
	MUST(result == TLS_WANT || result == TLS_FAILED || result == TLS_CLOSED);
	MUST(result != TLS_FAILED || *why);
	take_all(l);
	MUST(tls_functions.read(l->tls, block, &size, why) != TLS_OK);
	tls_functions.write(l->tls, secret, sizeof secret, why);
	take_all(l);
	return result == TLS_WANT;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of(data, size);
	char why[TLS_TEXT_MAX];
	unsigned flags = input_byte(&in);
	static char path[128];
	if (!*path) {
		snprintf(path, sizeof path, "%s/ca", fuzz_home());
		home_put("ca", slice_str(ca));
	}
	struct tls_config config = {
		.ca = path, .name = flags & 1 ? "10.0.0.5" : "pump1.local", .verify = flags & 2};
	struct line l = {.tls = tls_functions.open(&config, why)};
	if (size > 20000)
		return tls_functions.close(l.tls), 0;
	MUST(l.tls);
	bytes_init(&l.sent, 1 << 20);
	goes_on(&l, (struct slice){0});
	MUST(l.sent.len > 100 && l.sent.at[0] == 22); /* our ClientHello */
	while (in.len && goes_on(&l, flags & 4 ? input_run(&in) : input_take(&in, in.len)))
		;
	MUST(!memmem(l.sent.at, l.sent.len, secret, sizeof secret - 1));
	if (flags & 8)
		tls_functions.shutdown(l.tls);
	take_all(&l);
	tls_functions.close(l.tls);
	bytes_free(&l.sent);
	return 0;
}
