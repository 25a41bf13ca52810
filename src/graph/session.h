/* What sv_compile makes of a graph: its weights, a run that trains, the optimizer's arrays. */
#ifndef SV_GRAPH_SESSION_H
#define SV_GRAPH_SESSION_H

typedef struct sv_session sv_session;
void sv_session_free(sv_session *s);

#endif
