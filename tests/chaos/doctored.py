"""Tests the comparison itself: a correct record is doctored, and the comparison must notice."""
import copy
import datetime

from compare import CHECKS, raw_of
from wilcotest import ok


def answered(run):
    return [x for _, x in run.results() if x["status"] == "ok"]


def first(run, kind):
    return next(i for i, event in enumerate(run.record) if event.kind == kind)


def twice(run):
    """Doubles what came as a whole command; the negotiation of telnet is none."""
    run.record.insert(0, next(x for x in run.record if x.kind == "got" and run.protocol.cut(x.data)[0]))


def result_gone(run):
    run.objects.remove(answered(run)[0])


def result_again(run):
    run.objects.append(answered(run)[0])


def no_reason(run):
    answered(run)[0].update(status="timeout")


def not_sent(run):
    answered(run)[0].update(status="refused", error="it says")


def shifted(run):
    one, two = answered(run)[:2]
    one["replies"], two["replies"] = two["replies"], one["replies"]


def one_late(run):
    """Makes it look as if the answer to a command that timed out was taken for the next one's."""
    one, two = answered(run)[:2]
    two["replies"] = one["replies"]
    one.update(status="timeout", replies=[], error="none in time")


def held_back(run):
    """Makes it look as if that answer had come after all of the time that wilco waits."""
    one, two = answered(run)[:2]
    one_late(run)
    waited = datetime.timedelta(seconds=run.times.timeout + run.times.resync + 1)
    when = datetime.datetime.fromisoformat(two["time"].rstrip("Z")) + waited
    two["time"] = when.isoformat(timespec="microseconds") + "Z"
    sent = bytes.fromhex(two["sent_hex"])
    at = next(i for i, line in enumerate(run.log) if line[1:] == (">", sent))
    run.log.insert(at + 1, (run.log[at][0], "<", raw_of(two)))


def byte_more(run):
    at = first(run, "sent")
    run.record[at] = run.record[at]._replace(data=run.record[at].data + b"x")


def unheard(run):
    at = next(i for i, line in enumerate(run.log) if line[1] == "<")
    run.log[at] = (*run.log[at][:2], run.log[at][2][1:])


def object_gone(run):
    answered(run)[0]["replies"] = []


def other_status(run):
    at = next(i for i, line in enumerate(run.log) if line[1] == "=")
    run.log[at] = (*run.log[at][:2], "damaged")


def before_it_was_asked(run):
    run.log.append(run.log.pop(next(i for i, line in enumerate(run.log) if line[1] == ">")))


def opened_afresh(run):
    line = next(line for line in run.log if line[2].startswith("connected to "))
    run.log += [line] * (2 + sum(event.kind == "cut" for event in run.record))


def called_unasked(run):
    one = answered(run)[0]
    run.objects.append({**one, "command": None, "status": "unsolicited"})
    one.update(status="timeout")


def one_behind(run):
    run.err = ""
    one = answered(run)[0]
    more = [{**one["replies"][0], "raw_hex": b"SURPLUS".hex()}]
    run.objects[-1:] = [one, {**one, "command": None, "status": "unsolicited", "replies": more}]


def afresh_untold(run):
    at = next(i for i, line in enumerate(run.log) if line[1] == "=" and line[2].startswith("ok"))
    run.log.insert(at, (*run.log[at][:2], "lost"))


def other_exit(run):
    run.code += 1


DOCTORS = {
    "no command arrived twice": [twice],
    "each command has one result": [result_gone, result_again],
    "each was sent, or not, with the reason": [no_reason, not_sent],
    "no reply is another command's": [shifted, one_late],
    "what came late is called late": [called_unasked],
    "the log has each byte on its connection": [byte_more, unheard],
    "JSON has each byte of the log once": [object_gone, shifted],
    "the log and JSON tell the same": [other_status],
    "no answer before its command": [before_it_was_asked],
    "a line that is shared stays open": [opened_afresh],
    "a frame behind a reply is warned of": [one_behind],
    "that a line was opened afresh is told": [afresh_untold],
    "the exit status is honest": [other_exit],
}


def examine(run):
    """Examines a run on a shared line, with replies that cannot be told from one another."""
    for name, check in CHECKS.items():
        before = list(check(copy.deepcopy(run)))
        for doctor in DOCTORS[name]:
            ill = copy.deepcopy(run)
            doctor(ill)
            found = list(check(ill))
            ok(len(found) > len(before), f"{name}: found out when it is not so ({doctor.__name__})", found)
    ill = copy.deepcopy(run)
    held_back(ill)
    ok(not list(CHECKS["no reply is another command's"](ill)) and ill.slow == 1,
       "an answer that a busy machine held back for too long is not held against wilco")
