ALTER TABLE "audit_deliveries" ADD COLUMN "hash" text;--> statement-breakpoint
ALTER TABLE "audit_deliveries" ADD COLUMN "trying_until" bigint;