#include "trainer/run_folder.h"
#include "base/file.h"
#include "base/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

sv_status sv_run_folder_name(const char *path, sv_run_folder *f, sv_fault *fault)
{
    *f = (sv_run_folder){ .path = sv_copy_text(path), .lock = -1 };
    const struct {
        char **to;
        const char *name;
    } names[] = { { &f->config, "config.json" },
                  { &f->metrics, "metrics.csv" },
                  { &f->steps, "steps.csv" },
                  { &f->layers, "layers.csv" },
                  { &f->digests, "digests.csv" },
                  { &f->weights, "weights" },
                  { &f->last, "weights/last.safetensors" },
                  { &f->best, "weights/best.safetensors" },
                  { &f->checkpoint, "checkpoint.safetensors" },
                  { &f->artifacts, "artifacts.json" },
                  { &f->samples, "samples" },
                  { &f->run, "run.json" },
                  { &f->report, "report.html" } };
    bool short_memory = !f->path;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        *names[i].to = sv_join_path(path, names[i].name);
        short_memory = short_memory || !*names[i].to;
    }
    return short_memory ? sv_fail_memory(fault, path) : SV_OK;
}

void sv_run_folder_close(sv_run_folder *f)
{
    char *const all[] = { f->path, f->config, f->metrics,    f->steps,     f->layers,  f->digests, f->weights,
                          f->last, f->best,   f->checkpoint, f->artifacts, f->samples, f->run,     f->report };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) sv_free(all[i]);
    if (f->lock >= 0) close(f->lock);
    *f = (sv_run_folder){ .lock = -1 };
}

enum { LOCK_TRIES = 40, LOCK_PAUSE = 50 * 1000 * 1000 };

/* The folder itself is the lock, so nothing lies about; the system lets go of it when the process ends in whatever way. One
 * that was just killed may take a moment to be gone: that is waited for. */
static sv_status lock(sv_run_folder *f, sv_fault *fault)
{
    if (f->lock >= 0) return SV_OK;
    f->lock = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; f->lock >= 0 && flock(f->lock, LOCK_EX | LOCK_NB) != 0; i++) {
        if (errno != EWOULDBLOCK) break; /* a file system without locks */
        if (i == LOCK_TRIES) return sv_fail(fault, SV_IO_ERROR, "%s: another process is training there", f->path);
        nanosleep(&(struct timespec){ .tv_nsec = LOCK_PAUSE }, NULL);
    }
    return SV_OK;
}

sv_status sv_run_folder_check(sv_run_folder *f, bool resume, bool overwrite, bool *checkpoint, sv_fault *fault)
{
    struct stat s;
    *checkpoint = false;
    if (stat(f->path, &s) != 0) return SV_OK;
    if (!S_ISDIR(s.st_mode)) return sv_fail(fault, SV_BAD_ARGUMENT, "%s: is not a folder; choose another for the run", f->path);
    if (resume || overwrite) {
        if (lock(f, fault) != SV_OK) return fault->status;
        sv_remove_leftovers(f->path);
    }
    if (sv_folder_is_empty(f->path)) return SV_OK;
    if (!resume && !overwrite)
        return sv_fail(fault, SV_BAD_ARGUMENT,
                       "%s: is not empty; continue the run there with --resume, replace it with --overwrite, "
                       "or choose another folder with --out",
                       f->path);
    *checkpoint = resume && sv_is_file(f->checkpoint);
    if (!sv_is_file(f->config) && !sv_is_file(f->checkpoint))
        return sv_fail(fault, SV_BAD_ARGUMENT, "%s: holds files but no run (no config.json); choose an empty folder", f->path);
    return SV_OK;
}

static sv_status remove_file(const char *path, sv_fault *fault)
{
    if (unlink(path) == 0 || errno == ENOENT) return SV_OK;
    return sv_fail(fault, SV_IO_ERROR, "%s: cannot be removed: %s", path, strerror(errno));
}

static sv_status remove_samples(const sv_run_folder *f, sv_fault *fault)
{
    static const char *const png[] = { ".png", NULL };
    char **names = NULL;
    size_t count = 0;
    sv_status status = sv_list_files(f->samples, png, &names, &count, fault);
    for (size_t i = 0; i < count && status == SV_OK; i++) {
        char *path = sv_join_path(f->samples, names[i]);
        status = path ? remove_file(path, fault) : sv_fail_memory(fault, f->samples);
        sv_free(path);
    }
    sv_free_list(names, count);
    return status;
}

static sv_status remove_run(const sv_run_folder *f, sv_fault *fault)
{
    const char *const files[] = { f->checkpoint, f->run,    f->report,  f->artifacts, f->metrics,
                                  f->steps,      f->layers, f->digests, f->last,      f->best };
    if (sv_is_folder(f->samples) && remove_samples(f, fault) != SV_OK) return fault->status;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (remove_file(files[i], fault) != SV_OK) return fault->status;
    return SV_OK;
}

sv_status sv_run_folder_begin(sv_run_folder *f, bool fresh, const char *config, sv_fault *fault)
{
    if (sv_make_folder(f->path, fault) != SV_OK || lock(f, fault) != SV_OK) return fault->status;
    if (fresh && remove_run(f, fault) != SV_OK) return fault->status;
    if (sv_write_file(f->config, config, strlen(config), fault) != SV_OK) return fault->status;
    if (sv_make_folder(f->weights, fault) != SV_OK || sv_make_folder(f->samples, fault) != SV_OK) return fault->status;
    sv_remove_leftovers(f->weights);
    sv_remove_leftovers(f->samples);
    return SV_OK;
}
