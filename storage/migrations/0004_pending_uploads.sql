-- Tables take the names of what they hold: pending uploads and orphaned work.
-- Foreign keys are off while migrations run, and checked before each commit. A renamed table keeps its references.

ALTER TABLE trays RENAME TO pending_uploads;
ALTER TABLE tray_pictures RENAME TO pending_pictures;
ALTER TABLE pending_pictures RENAME COLUMN tray_id TO upload_id;
DROP INDEX tray_pictures_sha256;
CREATE INDEX pending_pictures_sha256 ON pending_pictures (sha256);

ALTER TABLE findings RENAME TO orphaned_work;
