#include "base/file.h"
#include "base/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static sv_status refuse_read(const char *path, int error, sv_fault *fault)
{
    if (error == ENOMEM) return sv_fail_memory(fault, path);
    return sv_fail(fault, SV_IO_ERROR, "%s: cannot be read: %s", path, strerror(error));
}

/* Reads up to `bytes`, less only at the end of the file; -1 and errno after an error. */
static ssize_t read_fully(int fd, char *to, size_t bytes)
{
    size_t have = 0;
    while (have < bytes) {
        ssize_t got = read(fd, to + have, bytes - have);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        have += (size_t)got;
    }
    return (ssize_t)have;
}

/* All of an open file; pipes and files that grow meanwhile are read to their end. 0 or an errno. */
static int read_all(int fd, char **data, size_t *size)
{
    struct stat s;
    if (fstat(fd, &s) != 0) return errno;
    size_t capacity = S_ISREG(s.st_mode) && s.st_size > 0 ? (size_t)s.st_size + 1 : 65536, have = 0;
    char *buffer = sv_new(capacity, 1);
    while (buffer) {
        ssize_t got = read_fully(fd, buffer + have, capacity - have);
        int error = errno;
        if (got < 0) {
            sv_free(buffer);
            return error;
        }
        have += (size_t)got;
        if (have < capacity) break;
        char *larger = sv_grow(buffer, &capacity, capacity + 1, 1);
        if (!larger) sv_free(buffer);
        buffer = larger;
    }
    if (!buffer) return ENOMEM;
    buffer[have] = '\0';
    *data = buffer;
    *size = have;
    return 0;
}

sv_status sv_read_file(const char *path, char **data, size_t *size, sv_fault *fault)
{
    *data = NULL;
    *size = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return refuse_read(path, errno, fault);
    int error = read_all(fd, data, size);
    close(fd);
    return error ? refuse_read(path, error, fault) : SV_OK;
}

enum { WRITE_BUFFER = 65536 };

struct sv_writer {
    char *path;
    char *temporary; /* NULL where the target is a device or a pipe: those are written in place */
    int fd;
    int error; /* errno of the first failure */
    size_t filled;
    char buffer[WRITE_BUFFER];
};

static void free_writer(sv_writer *w)
{
    if (w->fd >= 0) close(w->fd);
    sv_free(w->path);
    sv_free(w->temporary);
    sv_free(w);
}

static char *temporary_name(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t size = strlen(path) + 32;
    char *text = sv_new(size, 1);
    if (text) snprintf(text, size, "%.*s.%s.tmp-%ld", (int)(name - path), path, name, (long)getpid());
    return text;
}

/* What stands under the name decides how it is written. */
static bool is_stream(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && (S_ISCHR(s.st_mode) || S_ISFIFO(s.st_mode) || S_ISSOCK(s.st_mode));
}

static sv_status refuse_write(const char *path, int error, sv_fault *fault)
{
    return sv_fail(fault, SV_IO_ERROR, "%s: cannot be written: %s", path, strerror(error));
}

sv_status sv_writer_open(const char *path, sv_writer **writer, sv_fault *fault)
{
    *writer = NULL;
    if (!path[0] || path[strlen(path) - 1] == '/' || sv_is_folder(path)) return refuse_write(path, path[0] ? EISDIR : ENOENT, fault);
    sv_writer *w = sv_new(1, sizeof *w);
    if (!w) return sv_fail_memory(fault, path);
    bool stream = is_stream(path);
    w->fd = -1;
    w->path = sv_copy_text(path);
    w->temporary = stream ? NULL : temporary_name(path);
    if (!w->path || (!stream && !w->temporary)) {
        free_writer(w);
        return sv_fail_memory(fault, path);
    }
    w->fd = stream ? open(path, O_WRONLY | O_CLOEXEC) : open(w->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (w->fd < 0) {
        int error = errno;
        free_writer(w);
        return refuse_write(path, error, fault);
    }
    *writer = w;
    return SV_OK;
}

static void write_through(sv_writer *w, const char *data, size_t bytes)
{
    while (bytes && !w->error) {
        ssize_t put = write(w->fd, data, bytes);
        if (put < 0) {
            if (errno != EINTR) w->error = errno;
            continue;
        }
        data += put;
        bytes -= (size_t)put;
    }
}

void sv_writer_add(sv_writer *w, const void *data, size_t bytes)
{
    if (w->error || !bytes) return;
    if (w->filled + bytes > WRITE_BUFFER) {
        write_through(w, w->buffer, w->filled);
        w->filled = 0;
    }
    if (bytes >= WRITE_BUFFER) {
        write_through(w, data, bytes);
        return;
    }
    memcpy(w->buffer + w->filled, data, bytes);
    w->filled += bytes;
}

/* 0 or an errno. Some file systems have nothing to flush and say EINVAL. */
static int flush_to_disk(int fd)
{
    while (fsync(fd) != 0) {
        if (errno == EINVAL || errno == ENOTSUP || errno == EROFS) return 0;
        if (errno != EINTR) return errno;
    }
    return 0;
}

/* Makes the rename itself survive a power cut. A folder that may be written but not read cannot be flushed: that is no fault. */
static int flush_folder(const char *path)
{
    char *folder = sv_folder_of(path);
    if (!folder) return ENOMEM;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    sv_free(folder);
    if (fd < 0) return 0;
    int error = flush_to_disk(fd);
    close(fd);
    return error;
}

sv_status sv_writer_commit(sv_writer *w, sv_fault *fault)
{
    write_through(w, w->buffer, w->filled);
    if (!w->error) w->error = flush_to_disk(w->fd);
    if (close(w->fd) != 0 && !w->error && errno != EINTR) w->error = errno;
    w->fd = -1;
    if (w->temporary) {
        if (!w->error && rename(w->temporary, w->path) != 0) w->error = errno;
        if (w->error) unlink(w->temporary);
        else w->error = flush_folder(w->path);
    }
    sv_status status = w->error ? refuse_write(w->path, w->error, fault) : SV_OK;
    free_writer(w);
    return status;
}

void sv_writer_abort(sv_writer *w)
{
    if (!w) return;
    if (w->temporary) unlink(w->temporary);
    free_writer(w);
}

sv_status sv_write_file(const char *path, const void *data, size_t bytes, sv_fault *fault)
{
    sv_writer *w;
    sv_status status = sv_writer_open(path, &w, fault);
    if (status != SV_OK) return status;
    sv_writer_add(w, data, bytes);
    return sv_writer_commit(w, fault);
}
