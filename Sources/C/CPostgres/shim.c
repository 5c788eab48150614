#include "shim.h"

static void ignore(void *unused, const PGresult *notice) { (void)unused; (void)notice; }

void postern_pg_silence(PGconn *connection) { PQsetNoticeReceiver(connection, ignore, 0); }
