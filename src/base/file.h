/* Files: whole reads, and writes that appear under their final name complete or not at all. */
#ifndef SV_BASE_FILE_H
#define SV_BASE_FILE_H
#include "base/status.h"

/* The whole file into a new buffer with a NUL after it (free with sv_free); *size without the NUL. Faults name the path. */
sv_status sv_read_file(const char *path, char **data, size_t *size, sv_fault *fault);

/* A file being written under a temporary name beside `path` (".<name>.tmp-<pid>"). Errors stick: check at commit. A device or a
 * pipe (/dev/stdout) is written in place. Of one path, one writer at a time. */
typedef struct sv_writer sv_writer;
sv_status sv_writer_open(const char *path, sv_writer **writer, sv_fault *fault);
void sv_writer_add(sv_writer *w, const void *data, size_t bytes);
/* Flushes to disk, renames to the final name, flushes the folder; on any error removes the temporary file and leaves what
 * was under the final name untouched. Frees the writer either way. */
sv_status sv_writer_commit(sv_writer *w, sv_fault *fault);
/* Removes the temporary file and frees the writer. NULL is fine. */
void sv_writer_abort(sv_writer *w);

/* All of the above for one buffer. */
sv_status sv_write_file(const char *path, const void *data, size_t bytes, sv_fault *fault);

/* Creates a folder and its parents; no error where it exists. */
sv_status sv_make_folder(const char *path, sv_fault *fault);
/* Whether the path is a folder; a regular file; a folder without anything in it (a missing one counts as empty). */
bool sv_is_folder(const char *path);
bool sv_is_file(const char *path);
bool sv_folder_is_empty(const char *path);

/* Removes leftover temporary files (".*.tmp-*") of killed writers in a folder. */
void sv_remove_leftovers(const char *folder);

/* Removes a folder and all that is in it; links are removed, not followed. One that is not there is no error. */
sv_status sv_remove_folder(const char *path, sv_fault *fault);

/* "a/b" of folder and name into a new string (sv_free); an absolute name is copied as it is. NULL where memory is short. */
char *sv_join_path(const char *folder, const char *name);
/* The folder of a path ("." where it has none), a new string, or NULL. */
char *sv_folder_of(const char *path);

/* Every regular file under `folder` at any depth whose name ends in one of the NULL-terminated suffixes (case ignored),
 * as paths relative to it, sorted by bytes. *paths is to be freed with sv_free_list. Links are followed to files, not to folders;
 * one that leads nowhere is listed, so that its reader reports it. */
sv_status sv_list_files(const char *folder, const char *const *suffixes, char ***paths, size_t *count, sv_fault *fault);
void sv_free_list(char **list, size_t count);

#endif
