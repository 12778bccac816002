"""The queue's statements. Each change of state is one of them, and names the states that it starts from."""

from __future__ import annotations

GET = "SELECT * FROM requests WHERE spec_id = $id"

# A request that is not running has no lease and no progress. The worker's name stays, for the record.
_IDLE = "lease = NULL, lease_until = NULL, stage = NULL, done = NULL, total = NULL"

ADMIT = "UPDATE requests SET state = 'queued', changed_at = $now WHERE spec_id = $id AND state = 'pending' RETURNING *"

# parameters NULL is a model that the worker has itself.
CLAIM = """
UPDATE requests SET state = 'running', worker = $worker, lease = $lease, lease_until = $until, attempts = attempts + 1,
    started_at = $now, changed_at = $now, finished_at = NULL, reason = NULL, run_id = NULL,
    stage = 'preparing', done = 0, total = NULL
WHERE state = 'queued' AND spec_id = (
    SELECT spec_id FROM requests
    WHERE state = 'queued' AND list_contains($engines, engine)
        AND (parameters IS NULL OR $parameters IS NULL OR parameters <= $parameters)
        AND (judge IS NULL OR judge = $judge)
    ORDER BY priority DESC, submitted_at, spec_id LIMIT 1)
RETURNING *
"""

HEARTBEAT = """
UPDATE requests SET lease_until = greatest(lease_until, $until), stage = $stage, done = $done, total = $total
WHERE spec_id = $id AND state = 'running' AND lease = $lease RETURNING *
"""

# While a run is being stored, its request has a run_id and a lease that lasts, and nothing but FINISH or NOT_STORED ends
# that: a run and its request change together, or neither does.
_NOT_STORING = "(run_id IS NULL OR lease_until <= $now)"

# Recorded before the run is stored, so that a crash between storing and finishing loses neither.
STORING = """
UPDATE requests SET run_id = $run_id, lease_until = $until, changed_at = $now
WHERE spec_id = $id AND state = 'running' AND lease = $lease RETURNING *
"""

NOT_STORED = """
UPDATE requests SET run_id = NULL, lease_until = $until, changed_at = $now
WHERE spec_id = $id AND state = 'running' AND lease = $lease RETURNING *
"""

FINISH = f"""
UPDATE requests SET state = 'done', reason = NULL, finished_at = $now, changed_at = $now, {_IDLE}
WHERE spec_id = $id AND state = 'running' AND lease = $lease AND run_id IS NOT NULL RETURNING *
"""  # noqa: S608 - constants

FAIL = f"""
UPDATE requests SET state = CASE WHEN $final OR attempts >= $most THEN 'failed' ELSE 'queued' END,
    finished_at = CASE WHEN $final OR attempts >= $most THEN $now END,
    reason = $reason, failures = list_append(failures, $failure), run_id = NULL, changed_at = $now, {_IDLE}
WHERE spec_id = $id AND state = 'running' AND lease = $lease AND {_NOT_STORING} RETURNING *
"""  # noqa: S608 - constants

# A worker that stops on purpose has not failed: the attempt does not count.
RELEASE = f"""
UPDATE requests SET state = 'queued', attempts = attempts - 1, started_at = NULL, run_id = NULL, changed_at = $now, {_IDLE}
WHERE spec_id = $id AND state = 'running' AND lease = $lease AND {_NOT_STORING} RETURNING *
"""  # noqa: S608 - constants

CANCEL = f"""
UPDATE requests SET state = 'cancelled', reason = $reason, run_id = NULL, finished_at = $now, changed_at = $now, {_IDLE}
WHERE spec_id = $id AND state IN ('pending', 'queued', 'running') AND {_NOT_STORING} RETURNING *
"""  # noqa: S608 - constants

REQUEUE = f"""
UPDATE requests SET state = 'queued', attempts = 0, reason = NULL, finished_at = NULL, started_at = NULL, changed_at = $now,
    {_IDLE} WHERE spec_id = $id AND state IN ('failed', 'cancelled') RETURNING *
"""  # noqa: S608 - constants

# Expired leases, and those that a worker shows when it claims work: it runs nothing, whatever it held before it died. Its name
# is no proof that it held them, since any worker can give any name.
EXPIRED = """
SELECT * FROM requests WHERE state = 'running' AND (lease_until <= $now OR list_contains($held, lease)) ORDER BY spec_id
"""

LISTING = """
SELECT * FROM requests WHERE ($state IS NULL OR state = $state) AND ($submitter IS NULL OR submitter = $submitter)
ORDER BY CASE state WHEN 'running' THEN 0 WHEN 'queued' THEN 1 WHEN 'pending' THEN 2 ELSE 3 END,
    CASE WHEN state = 'queued' THEN -priority END, CASE WHEN state IN ('queued', 'pending') THEN submitted_at END,
    changed_at DESC, spec_id
LIMIT $limit OFFSET $offset
"""

OF_RUN = "SELECT * FROM requests WHERE run_id = $run_id AND state = 'done' ORDER BY spec_id LIMIT 1"

COUNTS = "SELECT state, count(*) FROM requests GROUP BY state"

# The queue in the order in which it is claimed.
QUEUED = """
SELECT spec_id, engine, parameters, "like" FROM requests WHERE state = 'queued'
ORDER BY priority DESC, submitted_at, spec_id
"""

# Past runs of like size: the same tasks and items, on the same kind of engine, with a model between half and twice as large.
LIKE_SECONDS = """
SELECT median(seconds) FROM (
    SELECT date_diff('millisecond', started_at, finished_at) / 1000.0 AS seconds FROM requests
    WHERE state = 'done' AND engine = $engine AND "like" = $like
        AND (parameters IS NOT DISTINCT FROM $parameters OR parameters BETWEEN $parameters // 2 AND $parameters * 2)
    ORDER BY finished_at DESC LIMIT 20)
"""

WORKERS = "SELECT count(DISTINCT worker) FROM requests WHERE state = 'running' AND lease_until > $now"

# The name that a submitter gives is no column here: anybody can give it. The account is one that signed in.
RECENT = """
SELECT count(*) FILTER (lower(json_extract_string(about, '$.account')) = lower($account)), count(*) FILTER (address = $address)
FROM requests WHERE submitted_at > $since
"""

# Submitted again after whoever submitted it first has withdrawn it: a new request in every respect.
SUBMIT_AGAIN = f"""
UPDATE requests SET parameters = $parameters, submitter = $submitter, address = $address, priority = $priority,
    about = $about, state = $state, attempts = 0, worker = NULL, reason = NULL, failures = [], run_id = NULL,
    submitted_at = $now, changed_at = $now, started_at = NULL, finished_at = NULL, {_IDLE}
WHERE spec_id = $spec_id AND state = 'cancelled' AND reason = 'withdrawn' RETURNING *
"""  # noqa: S608 - constants
