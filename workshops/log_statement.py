"""The one statement that writes a session's log and all that hangs on it.

Through the ORM these would be nine round trips, on a connection that a phone is waiting for.
Each part names only rows of this session, or of its workshop, whatever ids are handed in.
"""

from typing import Any, NamedTuple

from django.db import connection

WRITE_LOG = """
WITH log AS (
    INSERT INTO workshops_sessionlog (
        session_id, client_uuid, content_hash, delivered_min, marks, counted,
        adaptations, notes, submitted_by_id, submitted_at, correction_reason
    ) VALUES (
        %(session)s, %(client_uuid)s, %(content_hash)s, %(delivered_min)s, %(marks)s::jsonb,
        %(counted)s, %(adaptations)s, %(notes)s, %(by)s, %(now)s, %(correction_reason)s
    ) RETURNING id
), covered AS (
    INSERT INTO workshops_sessionlog_modules (sessionlog_id, module_id)
    SELECT log.id, module.id
    FROM log, workshops_module AS module
    WHERE module.id = ANY(%(modules)s::bigint[]) AND module.programme_id = %(programme)s
), rated AS (
    INSERT INTO workshops_fidelityrating (log_id, item_id, score)
    SELECT log.id, item.id, given.score
    FROM log, unnest(%(items)s::bigint[], %(scores)s::smallint[]) AS given (item, score)
    JOIN workshops_fidelityitem AS item
      ON item.id = given.item AND item.programme_id = %(programme)s
), marked AS (
    INSERT INTO workshops_attendance AS attendance
        (session_id, enrolment_id, status, source, recorded_by_id, recorded_at)
    SELECT %(session)s, enrolment.id, given.status, 'roll_call', %(by)s, %(now)s
    FROM unnest(%(enrolments)s::bigint[], %(statuses)s::text[]) AS given (enrolment, status)
    JOIN workshops_enrolment AS enrolment
      ON enrolment.id = given.enrolment AND enrolment.workshop_id = %(workshop)s
    ON CONFLICT (session_id, enrolment_id) DO UPDATE
    SET status = excluded.status, recorded_by_id = excluded.recorded_by_id,
        recorded_at = excluded.recorded_at
    RETURNING attendance.id
), cleared AS (
    DELETE FROM workshops_attendance
    WHERE session_id = %(session)s AND enrolment_id = ANY(%(cleared)s::bigint[])
), counted AS (
    INSERT INTO workshops_headcount (session_id, counted, unnamed)
    SELECT %(session)s, %(counted)s::smallint, %(counted)s::smallint - %(named)s
    WHERE %(counted)s::smallint IS NOT NULL
    ON CONFLICT (session_id) DO UPDATE
    SET counted = excluded.counted, unnamed = excluded.unnamed
), uncounted AS (
    DELETE FROM workshops_headcount
    WHERE session_id = %(session)s AND %(counted)s::smallint IS NULL
), joined AS (
    INSERT INTO workshops_facilitation (session_id, trainer_id, role, overlap_reason)
    SELECT DISTINCT ON (known.trainer_id) %(session)s, known.trainer_id,
        CASE known.role WHEN 'lead' THEN 'co_trainer' ELSE known.role END, ''
    FROM workshops_facilitation AS known
    JOIN workshops_session AS session ON session.id = known.session_id
    WHERE session.workshop_id = %(workshop)s AND known.trainer_id = ANY(%(trainers)s::bigint[])
    ORDER BY known.trainer_id, session.starts_at DESC
    ON CONFLICT (session_id, trainer_id) DO NOTHING
), stayed_away AS (
    DELETE FROM workshops_facilitation
    WHERE session_id = %(session)s AND role <> 'lead'
      AND cardinality(%(trainers)s::bigint[]) > 0
      AND trainer_id <> ALL(%(trainers)s::bigint[])
), held AS (
    UPDATE workshops_session SET status = 'held', place = %(place)s
    WHERE id = %(session)s AND status <> 'cancelled'
    RETURNING id
), running AS (
    UPDATE workshops_workshop SET status = CASE WHEN EXISTS (
        SELECT FROM workshops_session
        WHERE workshop_id = %(workshop)s AND id <> %(session)s AND status = 'planned'
    ) THEN 'running' ELSE 'completed' END
    WHERE id = %(workshop)s AND status IN ('planned', 'confirmed', 'running')
)
SELECT log.id, (SELECT count(*) FROM marked), (SELECT count(*) FROM held) FROM log
"""


class Written(NamedTuple):
    log_id: int
    marked: int
    held: int


def write_log(**values: Any) -> Written:
    with connection.cursor() as cursor:
        cursor.execute(WRITE_LOG, values)
        return Written(*cursor.fetchone())
