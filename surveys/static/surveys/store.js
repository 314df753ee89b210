// What a phone keeps: drafts until they are finished, and finished answers until they are sent.
//
// Everything is sealed. A draft opens only with the code of its card, so that several people can
// use one phone and none finds another's. Keys can't be taken out of the browser.

const NAME = "survey";
const STORES = ["keys", "drafts", "outbox"];
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

const settled = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

let opened;
function database() {
  opened ??= (() => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      for (const store of STORES) request.result.createObjectStore(store);
    };
    return settled(request).then((found) => {
      found.onversionchange = () => found.close();
      return found;
    });
  })();
  return opened;
}

async function change(stores, work) {
  const transaction = (await database()).transaction(stores, "readwrite", { durability: "strict" });
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
  work(...stores.map((store) => transaction.objectStore(store)));
  await done;
}

async function read(store, key) {
  return settled((await database()).transaction(store).objectStore(store).get(key));
}

async function keys() {
  return navigator.locks.request("survey-keys", async () => {
    const found = await read("keys", "device");
    if (found) return found;
    const made = {
      seal: await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]),
      name: await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]),
    };
    await change(["keys"], (store) => store.put(made, "device"));
    return made;
  });
}

async function seal(key, content) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, ENCODER.encode(JSON.stringify(content)));
  return { iv, data };
}

async function unseal(key, { iv, data }) {
  return JSON.parse(DECODER.decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, data)));
}

/** Find the place of a card's draft on this phone: a name and a key that only its code gives. */
export async function placeOf(code) {
  const { name } = await keys();
  const mark = (purpose) => crypto.subtle.sign("HMAC", name, ENCODER.encode(`${purpose} ${code}`));
  const hex = [...new Uint8Array(await mark("name"))].map((byte) => byte.toString(16).padStart(2, "0"));
  const key = await crypto.subtle.importKey("raw", await mark("key"), "AES-GCM", false, ["encrypt", "decrypt"]);
  return { id: hex.join(""), key };
}

export async function readDraft(place) {
  const sealed = await read("drafts", place.id);
  return sealed ? unseal(place.key, sealed) : null;
}

/**
 * Change a draft, whatever another window has done to it meanwhile.
 * `edit` gets the draft as it is now, or null, and returns the new one, or null to leave it.
 */
export async function editDraft(place, edit) {
  return navigator.locks.request(`survey-draft-${place.id}`, async () => {
    const draft = edit(await readDraft(place));
    if (!draft) return null;
    const sealed = await seal(place.key, draft);
    await change(["drafts"], (drafts) => drafts.put(sealed, place.id));
    return draft;
  });
}

export async function dropDraft(place) {
  await change(["drafts"], (drafts) => drafts.delete(place.id));
}

/** Turn a draft into answers to be sent. False if another window has done so already. */
export async function finishDraft(place, toSubmission) {
  return navigator.locks.request(`survey-draft-${place.id}`, async () => {
    const draft = await readDraft(place);
    if (!draft) return false;
    const sealed = await seal((await keys()).seal, toSubmission(draft));
    await change(["drafts", "outbox"], (drafts, outbox) => {
      outbox.put(sealed, draft.uuid);
      drafts.delete(place.id);
    });
    return true;
  });
}

/** Keep finished answers until they are sent, without any draft. */
export async function keepForSending(submission, uuid) {
  const sealed = await seal((await keys()).seal, submission);
  await change(["outbox"], (outbox) => outbox.put(sealed, uuid));
}

/** List what waits: its uuid, and why the server refused it, if it did. */
export async function waiting() {
  const store = (await database()).transaction("outbox").objectStore("outbox");
  const [uuids, entries] = await Promise.all([settled(store.getAllKeys()), settled(store.getAll())]);
  return uuids.map((uuid, position) => ({ uuid, refused: entries[position].refused }));
}

export async function readWaiting(uuid) {
  const sealed = await read("outbox", uuid);
  return sealed ? unseal((await keys()).seal, sealed) : null;
}

export async function forget(uuid) {
  await change(["outbox"], (outbox) => outbox.delete(uuid));
}

export async function markRefused(uuid, refused) {
  const sealed = await read("outbox", uuid);
  if (sealed) await change(["outbox"], (outbox) => outbox.put({ ...sealed, refused }, uuid));
}

/** Leave nothing of the survey on this phone. */
export async function clearAll() {
  (await database()).close();
  opened = undefined;
  await settled(indexedDB.deleteDatabase(NAME));
  await caches.delete("questions");
}

/** Tell whether this browser can keep answers safely; if not, the plain pages do everything. */
export function isSupported() {
  return Boolean(window.isSecureContext && crypto.subtle && window.indexedDB && navigator.locks && window.caches);
}
