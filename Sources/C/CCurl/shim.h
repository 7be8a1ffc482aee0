// libcurl, with faces that Swift can call for its functions of variable arguments.
#pragma once
// The checks that curl's headers make of option arguments need the option as a constant.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

typedef size_t (*poolkeeper_curl_data_callback)(char *bytes, size_t size, size_t count, void *context);
typedef int (*poolkeeper_curl_connected_callback)(void *context, char *remote, char *local, int remote_port,
                                                  int local_port);

static inline CURLcode poolkeeper_curl_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode poolkeeper_curl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(handle, option, value);
}

// For strings (which curl copies), lists and buffers (which it does not).
static inline CURLcode poolkeeper_curl_set_pointer(CURL *handle, CURLoption option, const void *value) {
  return curl_easy_setopt(handle, option, value);
}

// Copies the bytes.
static inline CURLcode poolkeeper_curl_set_blob(CURL *handle, CURLoption option, const void *bytes, size_t count) {
  struct curl_blob blob;
  blob.data = (void *)bytes;
  blob.len = count;
  blob.flags = CURL_BLOB_COPY;
  return curl_easy_setopt(handle, option, &blob);
}

static inline CURLcode poolkeeper_curl_set_data_callback(CURL *handle, CURLoption option,
                                                         poolkeeper_curl_data_callback callback) {
  return curl_easy_setopt(handle, option, callback);
}

static inline CURLcode poolkeeper_curl_set_connected_callback(CURL *handle,
                                                              poolkeeper_curl_connected_callback callback) {
  return curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, callback);
}

static inline long poolkeeper_curl_status(CURL *handle) {
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  return status;
}

// Microseconds from the start until the request could be sent; 0 when it came to nothing before.
static inline curl_off_t poolkeeper_curl_ready_to_send(CURL *handle) {
  curl_off_t time = 0;
  curl_easy_getinfo(handle, CURLINFO_PRETRANSFER_TIME_T, &time);
  return time;
}

// Fields of the peer's own certificate, as NAME:VALUE; NULL when this transfer made no handshake.
static inline struct curl_slist *poolkeeper_curl_peer_certificate(CURL *handle) {
  struct curl_certinfo *chain = NULL;
  if (curl_easy_getinfo(handle, CURLINFO_CERTINFO, &chain) != CURLE_OK || !chain || chain->num_of_certs < 1) return NULL;
  return chain->certinfo[0];
}

static inline CURLMcode poolkeeper_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}
