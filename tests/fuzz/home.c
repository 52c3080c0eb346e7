/* home.c - see home.h. */
#define _XOPEN_SOURCE 700
#include "fuzz/home.h"

#include "fuzz/fuzz.h"
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

static char home[64];

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static void remove_all(void)
{
	nftw(home, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void make(const char *variable, const char *name)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", home, name);
	MUST(mkdir(path, 0700) == 0);
	setenv(variable, path, 1);
	snprintf(path, sizeof path, "%s/%s/wilco", home, name);
	MUST(mkdir(path, 0700) == 0);
}

const char *fuzz_home(void)
{
	if (*home)
		return home;
	strcpy(home, "/tmp/wilcofuzz.XXXXXX");
	MUST(mkdtemp(home));
	atexit(remove_all);
	setenv("HOME", home, 1);
	make("XDG_CONFIG_HOME", "config");
	make("XDG_DATA_HOME", "data");
	make("XDG_STATE_HOME", "state");
	return home;
}

static FILE *open_file(const char *name, const char *mode)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", fuzz_home(), name);
	return fopen(path, mode);
}

void home_put(const char *name, struct slice content)
{
	FILE *f = open_file(name, "w");
	MUST(f);
	MUST(fwrite(content.at, 1, content.len, f) == content.len);
	MUST(fclose(f) == 0);
}

void home_get(const char *name, struct bytes *content)
{
	FILE *f = open_file(name, "r");
	char block[4096];
	size_t n;
	bytes_clear(content);
	while (f && (n = fread(block, 1, sizeof block, f)) > 0)
		MUST(bytes_add(content, slice_of(block, n)));
	if (f)
		fclose(f);
}
