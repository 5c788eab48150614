#pragma once
#include <postgresql/libpq-fe.h>

/// The fields of an error that libpq names by character constants, which Swift does not see.
static inline const char *postern_pg_sqlstate(const PGresult *result) { return PQresultErrorField(result, PG_DIAG_SQLSTATE); }
static inline const char *postern_pg_message(const PGresult *result) { return PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY); }
static inline const char *postern_pg_detail(const PGresult *result) { return PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL); }
static inline const char *postern_pg_constraint(const PGresult *result) { return PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME); }

/// Lets no notice reach standard error.
void postern_pg_silence(PGconn *connection);
