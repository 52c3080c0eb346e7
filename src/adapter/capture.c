/* capture.c - see capture.h. */
#include "adapter/capture.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct capture {
	pcap_t *pcap;
	pcap_dumper_t *dumper;
	bool failed;
};

enum { SNAPLEN = 262144 };

static struct capture *file_open(int fd, char why[CAPTURE_TEXT_MAX])
{
	struct capture *c = calloc(1, sizeof *c);
	FILE *file = fdopen(fd, "wb");
	snprintf(why, CAPTURE_TEXT_MAX, "no memory");
	if (!c || !file) {
		if (file)
			fclose(file);
		else
			close(fd);
		free(c);
		return NULL;
	}
	c->pcap =
		pcap_open_dead_with_tstamp_precision(DLT_RAW, SNAPLEN, PCAP_TSTAMP_PRECISION_NANO);
	c->dumper = c->pcap ? pcap_dump_fopen(c->pcap, file) : NULL;
	if (c->dumper) { /* who reads it while it grows sees at once what it is */
		c->failed = pcap_dump_flush(c->dumper) != 0;
		return c;
	}
	snprintf(why, CAPTURE_TEXT_MAX, "%s", c->pcap ? pcap_geterr(c->pcap) : "no memory");
	if (c->pcap)
		/* Libpcap has closed the file where it could not write to it. */
		pcap_close(c->pcap);
	else
		fclose(file);
	free(c);
	return NULL;
}

static bool file_packet(
	struct capture *c, const struct timespec *time, const void *bytes, size_t size)
{
	struct pcap_pkthdr header = {
		/* with nanosecond precision tv_usec holds nanoseconds */
		.ts = {.tv_sec = time->tv_sec, .tv_usec = time->tv_nsec},
		.caplen = (bpf_u_int32)size,
		.len = (bpf_u_int32)size,
	};
	pcap_dump((u_char *)c->dumper, &header, bytes);
	return !ferror(pcap_dump_file(c->dumper));
}

static bool file_flush(struct capture *c)
{
	if (pcap_dump_flush(c->dumper) != 0)
		c->failed = true;
	return !c->failed;
}

/* Closes a second descriptor of the file and says whether that failed.  Some file systems say only
 * then that they have no room, and libpcap does not pass that on. */
static bool closes(struct capture *c)
{
	int again = dup(fileno(pcap_dump_file(c->dumper)));
	return again < 0 || close(again) == 0;
}

static bool file_close(struct capture *c)
{
	bool good = file_flush(c) && closes(c);
	pcap_dump_close(c->dumper);
	pcap_close(c->pcap);
	free(c);
	return good;
}

/* ---- reading ---- */

struct capture_reader {
	pcap_t *pcap;
	capture_read *read;
	void *arg;
};

static ssize_t cookie_read(void *cookie, char *to, size_t size)
{
	struct capture_reader *r = cookie;
	return r->read(r->arg, to, size);
}

static struct capture_reader *reader_open(capture_read *read, void *arg, char why[CAPTURE_TEXT_MAX])
{
	char text[PCAP_ERRBUF_SIZE] = "no memory";
	struct capture_reader *r = calloc(1, sizeof *r);
	FILE *file = r ? fopencookie(r, "rb", (cookie_io_functions_t){.read = cookie_read}) : NULL;
	if (file) {
		r->read = read;
		r->arg = arg;
		r->pcap = pcap_fopen_offline_with_tstamp_precision(
			file, PCAP_TSTAMP_PRECISION_NANO, text);
		if (r->pcap)
			return r;
		fclose(file);
	}
	snprintf(why, CAPTURE_TEXT_MAX, "%s", text);
	free(r);
	return NULL;
}

static int reader_link(const struct capture_reader *r, const char **name)
{
	int link = pcap_datalink(r->pcap);
	const char *known = pcap_datalink_val_to_name(link);
	*name = known ? known : "unknown";
	return link;
}

/* Returns when a packet came, which the file says; 0: it says a time that is none.  It was read
 * with nanoseconds, of which there is no number in 64 bits after 2261. */
static struct timespec time_of(const struct pcap_pkthdr *header)
{
	static const time_t most = 9214646400; /* 2262-01-01 */
	time_t second = header->ts.tv_sec;
	long ns = header->ts.tv_usec;
	bool good = second > 0 && second < most && ns >= 0 && ns < 1000000000;
	return good ? (struct timespec){second, ns} : (struct timespec){0};
}

static int reader_next(
	struct capture_reader *r, struct capture_packet *p, char why[CAPTURE_TEXT_MAX])
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int got = pcap_next_ex(r->pcap, &header, &bytes);
	if (got == PCAP_ERROR_BREAK)
		return 0;
	if (got != 1) {
		snprintf(why, CAPTURE_TEXT_MAX, "%s", pcap_geterr(r->pcap));
		return -1;
	}
	*p = (struct capture_packet){
		.time = time_of(header),
		.bytes = bytes,
		.captured = header->caplen,
		.size = header->len < header->caplen ? header->caplen : header->len,
	};
	return 1;
}

static void reader_again(struct capture_reader *r)
{
	clearerr(pcap_file(r->pcap));
}

static void reader_close(struct capture_reader *r)
{
	pcap_close(r->pcap);
	free(r);
}

const struct capture_functions capture_functions = {
	.version = CAPTURE_FUNCTIONS_VERSION,
	.open = file_open,
	.packet = file_packet,
	.flush = file_flush,
	.close = file_close,
	.read = reader_open,
	.link = reader_link,
	.next = reader_next,
	.again = reader_again,
	.end = reader_close,
};
