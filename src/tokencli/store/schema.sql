CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

INSERT INTO alembic_version (version_num) VALUES ('0005');

CREATE TABLE intent (
    id INTEGER NOT NULL,
    opened_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE logged_price (
    id INTEGER NOT NULL,
    input_pico BIGINT NOT NULL,
    output_pico BIGINT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (input_pico, output_pico)
);

CREATE TABLE meta (
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY ("key")
);

CREATE TABLE notice (
    id INTEGER NOT NULL,
    occurred_at BIGINT,
    code TEXT NOT NULL,
    provider_name TEXT,
    model TEXT,
    PRIMARY KEY (id)
);

CREATE TABLE origin (
    id INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT,
    PRIMARY KEY (id),
    UNIQUE ("key")
);

CREATE TABLE price (
    id INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE ("key")
);

CREATE TABLE repricing (
    id INTEGER NOT NULL,
    applied_at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE session (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    provider_name TEXT,
    model TEXT,
    created_at BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (id),
    UNIQUE (name)
);

CREATE TABLE arrival (
    origin_id INTEGER NOT NULL,
    seq BIGINT NOT NULL,
    arrived_at BIGINT NOT NULL,
    PRIMARY KEY (origin_id, seq),
    FOREIGN KEY(origin_id) REFERENCES origin (id)
)
 WITHOUT ROWID;

CREATE TABLE facet (
    id INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    source TEXT NOT NULL,
    provider_name TEXT,
    operation_name TEXT NOT NULL,
    request_model TEXT,
    response_model TEXT,
    session_id TEXT,
    project TEXT,
    agent TEXT,
    client TEXT,
    tags TEXT NOT NULL,
    basis TEXT NOT NULL,
    cost_status TEXT NOT NULL,
    finish TEXT NOT NULL,
    error_type TEXT,
    price_id INTEGER,
    logged_price_id INTEGER,
    PRIMARY KEY (id),
    UNIQUE ("key"),
    FOREIGN KEY(price_id) REFERENCES price (id),
    FOREIGN KEY(logged_price_id) REFERENCES logged_price (id)
);

CREATE INDEX facet_session_id ON facet (session_id) WHERE session_id IS NOT NULL;

CREATE TABLE log_file (
    id INTEGER NOT NULL,
    path TEXT NOT NULL,
    origin_id INTEGER NOT NULL,
    device BIGINT,
    inode BIGINT,
    size BIGINT NOT NULL,
    mtime_ns BIGINT NOT NULL,
    "offset" BIGINT NOT NULL,
    line_count BIGINT NOT NULL,
    head_bytes INTEGER NOT NULL,
    head_digest TEXT,
    tail_digest TEXT,
    format TEXT NOT NULL,
    options TEXT,
    updated_at BIGINT NOT NULL,
    state TEXT,
    PRIMARY KEY (id),
    UNIQUE (path, origin_id),
    FOREIGN KEY(origin_id) REFERENCES origin (id)
);

CREATE TABLE event (
    id INTEGER NOT NULL,
    occurred_at BIGINT NOT NULL,
    facet_id INTEGER NOT NULL,
    input_tokens BIGINT,
    cache_read_tokens BIGINT,
    cache_write_tokens BIGINT,
    output_tokens BIGINT,
    reasoning_tokens BIGINT,
    list_cost_pico BIGINT,
    reported_cost_pico BIGINT,
    PRIMARY KEY (id),
    FOREIGN KEY(facet_id) REFERENCES facet (id)
);

CREATE INDEX event_occurred_at ON event (occurred_at);

CREATE TABLE rollup (
    bucket BIGINT NOT NULL,
    facet_id INTEGER NOT NULL,
    requests BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    cache_read_tokens BIGINT NOT NULL,
    cache_write_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    reasoning_tokens BIGINT NOT NULL,
    list_cost_pico BIGINT NOT NULL,
    reported_requests BIGINT NOT NULL,
    reported_cost_pico BIGINT NOT NULL,
    compared_requests BIGINT NOT NULL,
    compared_list_pico BIGINT NOT NULL,
    compared_reported_pico BIGINT NOT NULL,
    PRIMARY KEY (bucket, facet_id),
    FOREIGN KEY(facet_id) REFERENCES facet (id)
)
 WITHOUT ROWID;

CREATE INDEX rollup_facet_id ON rollup (facet_id);

CREATE TABLE estimate (
    event_id INTEGER NOT NULL,
    input_tokens BIGINT,
    output_tokens BIGINT,
    PRIMARY KEY (event_id),
    FOREIGN KEY(event_id) REFERENCES event (id)
);

CREATE TABLE event_detail (
    event_id INTEGER NOT NULL,
    usage TEXT,
    raw_usage TEXT,
    response_id TEXT,
    record_id TEXT,
    conversation_id TEXT,
    duration_us BIGINT,
    time_to_first_token_us BIGINT,
    found_elsewhere INTEGER,
    PRIMARY KEY (event_id),
    FOREIGN KEY(event_id) REFERENCES event (id)
);

CREATE INDEX event_detail_conversation_id ON event_detail (conversation_id) WHERE conversation_id IS NOT NULL AND found_elsewhere IS NULL;

CREATE INDEX event_detail_record_id ON event_detail (record_id) WHERE record_id IS NOT NULL;

CREATE INDEX event_detail_response_id ON event_detail (response_id) WHERE response_id IS NOT NULL AND found_elsewhere IS NULL;

CREATE TABLE identity (
    "key" TEXT NOT NULL,
    event_id BIGINT NOT NULL,
    PRIMARY KEY ("key"),
    FOREIGN KEY(event_id) REFERENCES event (id)
)
 WITHOUT ROWID;

CREATE TABLE past_charge (
    event_id BIGINT NOT NULL,
    repricing_id INTEGER NOT NULL,
    facet_id INTEGER NOT NULL,
    list_cost_pico BIGINT,
    PRIMARY KEY (event_id, repricing_id),
    FOREIGN KEY(event_id) REFERENCES event (id),
    FOREIGN KEY(repricing_id) REFERENCES repricing (id),
    FOREIGN KEY(facet_id) REFERENCES facet (id)
)
 WITHOUT ROWID;

CREATE TABLE sighting (
    event_id BIGINT NOT NULL,
    origin_id INTEGER NOT NULL,
    seq BIGINT NOT NULL,
    source TEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    note TEXT,
    PRIMARY KEY (event_id, origin_id, seq),
    FOREIGN KEY(event_id) REFERENCES event (id),
    FOREIGN KEY(origin_id) REFERENCES origin (id)
)
 WITHOUT ROWID;

CREATE INDEX sighting_origin_id_seq ON sighting (origin_id, seq);
