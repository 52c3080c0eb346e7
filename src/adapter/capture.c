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
	if (c->dumper)
		return c;
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

const struct capture_functions capture_functions = {
	.version = CAPTURE_FUNCTIONS_VERSION,
	.open = file_open,
	.packet = file_packet,
	.flush = file_flush,
	.close = file_close,
};
