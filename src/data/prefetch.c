#include "data/prefetch.h"
#include "base/memory.h"
#include <pthread.h>

typedef struct stream {
    const sv_dataset *set; /* NULL: nothing to read */
    char *buffer[2];
} stream;

struct sv_prefetch {
    stream input, target;
    int current;           /* buffer in use; the other is filled */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool started, stop, busy;
    uint64_t job;
    const uint32_t *index;
    int64_t count;
    sv_fault fault;        /* of the job */
};

static void read_stream(sv_prefetch *p, stream *s)
{
    char *to = s->buffer[1 - p->current];
    for (int64_t i = 0; i < p->count && s->set && p->fault.status == SV_OK; i++)
        s->set->read(s->set, p->index[i], to + (size_t)i * s->set->sample_bytes, &p->fault);
}

static void *work(void *context)
{
    sv_prefetch *p = context;
    pthread_mutex_lock(&p->lock);
    while (!p->stop) {
        if (!p->busy) {
            pthread_cond_wait(&p->changed, &p->lock);
            continue;
        }
        pthread_mutex_unlock(&p->lock);
        read_stream(p, &p->input);
        read_stream(p, &p->target);
        pthread_mutex_lock(&p->lock);
        p->busy = false;
        pthread_cond_broadcast(&p->changed);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

static bool open_stream(stream *s, const sv_dataset *set, int batch)
{
    if (!set || set->resident) return true;
    s->set = set;
    for (int i = 0; i < 2; i++) {
        s->buffer[i] = sv_new((size_t)batch, set->sample_bytes);
        if (!s->buffer[i]) return false;
    }
    return true;
}

sv_status sv_prefetch_open(const sv_dataset *input, const sv_dataset *target, int batch, sv_prefetch **prefetch, sv_fault *fault)
{
    sv_prefetch *p = sv_new(1, sizeof *p);
    if (!p) return sv_fail_memory(fault, "data");
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    if (!open_stream(&p->input, input, batch) || !open_stream(&p->target, target, batch)) {
        sv_prefetch_close(p);
        return sv_fail_memory(fault, "data: batch of samples");
    }
    if (pthread_create(&p->thread, NULL, work, p) != 0) {
        sv_prefetch_close(p);
        return sv_fail(fault, SV_NO_MEMORY, "data: cannot start a thread");
    }
    p->started = true;
    *prefetch = p;
    return SV_OK;
}

void sv_prefetch_close(sv_prefetch *p)
{
    if (!p) return;
    if (p->started) {
        pthread_mutex_lock(&p->lock);
        p->stop = true;
        pthread_cond_broadcast(&p->changed);
        pthread_mutex_unlock(&p->lock);
        pthread_join(p->thread, NULL);
    }
    for (int i = 0; i < 2; i++) {
        sv_free(p->input.buffer[i]);
        sv_free(p->target.buffer[i]);
    }
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    sv_free(p);
}

void sv_prefetch_start(sv_prefetch *p, uint64_t job, const uint32_t *index, int64_t count)
{
    pthread_mutex_lock(&p->lock);
    while (p->busy) pthread_cond_wait(&p->changed, &p->lock);
    p->job = job;
    p->index = index;
    p->count = count;
    p->fault = (sv_fault){ 0 };
    p->busy = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

uint64_t sv_prefetch_job(const sv_prefetch *p)
{
    return p->job;
}

sv_status sv_prefetch_take(sv_prefetch *p, sv_fault *fault)
{
    pthread_mutex_lock(&p->lock);
    while (p->busy) pthread_cond_wait(&p->changed, &p->lock);
    p->current = 1 - p->current;
    p->job = 0;
    sv_status status = p->fault.status;
    if (status != SV_OK && fault) *fault = p->fault;
    pthread_mutex_unlock(&p->lock);
    return status;
}

static const void *row_of(const sv_prefetch *p, const stream *s, int64_t row)
{
    return s->set ? s->buffer[p->current] + (size_t)row * s->set->sample_bytes : NULL;
}

const void *sv_prefetch_input(const sv_prefetch *p, int64_t row)
{
    return row_of(p, &p->input, row);
}

const void *sv_prefetch_target(const sv_prefetch *p, int64_t row)
{
    return row_of(p, &p->target, row);
}
