(** P09, characteristic polynomial.

    Registry: det(lambda I - Phi) = det(lambda^s I_d - sum_k lambda^(k-1) F_k).
    Here: any commutative ring, any sizes, as polynomials in lambda = 'X. *)
From mathcomp Require Import all_ssreflect ssralg poly matrix mxpoly.
Require Import linear_tasks.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

(** Sylvester: x I - A B and x I - B A have the same determinant, up to powers of x. *)
Lemma sylvester (R : comRingType) n d (A : 'M[R]_(n, d)) (B : 'M[R]_(d, n)) (x : R) :
  x ^+ d * \det (x%:M - A *m B) = x ^+ n * \det (x%:M - B *m A).
Proof.
pose D := block_mx x%:M A B (1%:M : 'M_d).
have left : D *m block_mx 1%:M 0 (- B) 1%:M = block_mx (x%:M - A *m B) A 0 1%:M.
  by rewrite mulmx_block !mulmx1 !mulmx0 !mulmxN mul1mx !add0r subrr.
have right : block_mx 1%:M 0 (- B) x%:M *m D = block_mx x%:M A 0 (x%:M - B *m A).
  rewrite mulmx_block !mul1mx !mul0mx !addr0 mulmx1 !mulNmx.
  by rewrite mul_mx_scalar mul_scalar_mx addNr addrC.
have detD : \det D = \det (x%:M - A *m B).
  by have := congr1 determinant left; rewrite det_mulmx det_lblock !det1 !mulr1 det_ublock det1 mulr1.
by have := congr1 determinant right; rewrite det_mulmx det_lblock det1 mul1r detD det_ublock !det_scalar.
Qed.

Section Elimination.
Variables (R : comRingType) (p d : nat) (F : 'I_p.+1 -> 'M[R]_d) (x : R).
Local Notation n := (components p d).
Local Notation Phi := (companion F).
Local Notation S := (companion (fun _ : 'I_p.+1 => 0 : 'M[R]_d)).
Local Notation E := (@inject R p d).

Definition last_row : 'M[R]_(d, n) := \mxrow_k F k.

Lemma shift_and_write : Phi = S + E ord_max *m last_row.
Proof.
rewrite mul_mxcol_mxrow -mxblockD; apply: eq_mxblock => i j; case: (ltnP i p) => ip.
  by rewrite -[i == ord_max]/(i == p :> nat) (ltn_eqF ip) mul0mx addr0.
by rewrite (last_block ip) eqxx mul1mx add0r.
Qed.

Lemma shift_newest j : (j <= p)%N -> power S j *m E ord_max = E (inord (p - j)).
Proof.
elim: j => [|j IH] jp; first by rewrite power0 mul1mx subn0; congr inject; apply: val_inj; rewrite /= inordK.
rewrite [power S _]/= -mulmxA IH ?(ltnW jp) // (@column _ _ _ _ (inord (p - j.+1))) ?mulmx0 ?addr0 //.
by rewrite !inordK ?ltnS ?leq_subr // subnSK.
Qed.

(** (x I - S) G = x^s I - S^s, and S^s = 0. *)
Definition geometric : 'M[R]_n := \sum_(j < p.+1) x ^+ (p - j) *: power S j.

Lemma shift_inject j k : (k < j)%N -> (k < p.+1)%N -> power S j *m E (inord k) = 0.
Proof.
elim: k j => [|k IH] [//|j] kj kp; rewrite powerSr -mulmxA.
  by rewrite (_ : inord 0 = ord0) ?column_oldest ?mulmx0 //; apply: val_inj; rewrite /= inordK.
rewrite (@column _ _ _ _ (inord k)) ?mulmx0 ?addr0 ?IH ?(ltnW kp) //.
by rewrite !inordK ?(ltnW kp).
Qed.

Lemma shift_nilpotent : power S p.+1 = 0.
Proof.
have whole : stack p (fun k => submxcol 1%:M (inord k) : 'M[R]_(d, n)) 0 = 1%:M.
  by rewrite -[RHS]submxcolK; apply: eq_mxcol => i; rewrite add0n inord_val.
rewrite -[power S _]mulmx1 -whole stack_inputs mulmx_sumr; apply: big1 => k _.
by rewrite -[k in E k]inord_val mulmxA shift_inject ?mul0mx // -ltnS.
Qed.

Lemma geometric_sum : (x%:M - S) *m geometric = (x ^+ p.+1)%:M.
Proof.
rewrite mulmxBl mul_scalar_mx /geometric scaler_sumr mulmx_sumr [X in X - _]big_ord_recl [X in _ - X]big_ord_recr /=.
rewrite subnn expr0 scale1r -[S *m power S p]/(power S p.+1) shift_nilpotent addr0 subn0 scalerA -exprS scalemx1.
rewrite -addrA -[RHS]addr0; congr (_ + _); apply/eqP; rewrite subr_eq0; apply/eqP; apply: eq_bigr => j _.
by rewrite scalerA -exprS -scalemxAr /bump add1n subnSK.
Qed.

Lemma det_shift : \det (x%:M - S) = x ^+ n.
Proof.
have trig : is_trig_mx S^T.
  rewrite tr_mxblock is_trig_mxblock; apply/andP; split.
    apply/'forall_'forall_implyP => i j ij; case: ifP; rewrite ?trmx0 //.
    by rewrite (ltn_eqF (leq_trans ij (leqnSn _))) /= trmx0.
  apply/forallP => i; case: ifP => _; last by rewrite trmx0 mx0_is_trig.
  by rewrite ltn_eqF //= trmx0 mx0_is_trig.
have diagonal i : S i i = 0 by rewrite mxE; case: ifP; rewrite ?mxE // ltn_eqF //= mxE.
rewrite -det_tr det_trig.
  rewrite (eq_bigr (fun _ => x)) ?prodr_const ?card_ord // => i _.
  by rewrite mxE [LHS]mxE [X in _ + X]mxE diagonal mxE eqxx mulr1n subr0.
apply/is_trig_mxP => i j ij; rewrite mxE [LHS]mxE [X in X + _]mxE [X in _ + X]mxE.
have := is_trig_mxP trig _ _ ij; rewrite mxE => ->.
by rewrite -[j == i]/(j == i :> nat) eq_sym (ltn_eqF ij) mulr0n subrr.
Qed.

Lemma eliminated : x ^+ (n + p.+1 * n) * \det (x%:M - Phi) =
  x ^+ (n + p.+1 * n) * \det ((x ^+ p.+1)%:M - \sum_(k < p.+1) x ^+ k *: F k).
Proof.
have factors : (x%:M - S) *m ((x ^+ p.+1)%:M - geometric *m E ord_max *m last_row) = x ^+ p.+1 *: (x%:M - Phi).
  rewrite mulmxBr -mulmxA mulmxA geometric_sum mul_scalar_mx mul_mx_scalar shift_and_write -scalerBr.
  by rewrite opprD addrA.
have middle : last_row *m (geometric *m E ord_max) = \sum_(k < p.+1) x ^+ k *: F k.
  rewrite mulmx_suml mulmx_sumr [LHS](reindex_inj rev_ord_inj) /=; apply: eq_bigr => k _.
  have kp : (k <= p)%N by rewrite -ltnS.
  rewrite subSS -scalemxAl shift_newest ?leq_subr // -scalemxAr subKn // inord_val.
  by rewrite mul_mxrow_mxcol sum_one_if.
have := congr1 determinant factors; rewrite det_mulmx det_shift detZ -exprM => e.
have := sylvester (geometric *m E ord_max) last_row (x ^+ p.+1); rewrite middle -!exprM.
have nE : n = (p.+1 * d)%N by rewrite sum_nat_const card_ord.
move=> syl; apply: etrans (_ : x ^+ (p.+1 * d) * (x ^+ n * \det ((x ^+ p.+1)%:M - geometric *m E ord_max *m last_row)) = _).
  by rewrite e [in RHS]mulrA -exprD -nE.
by rewrite mulrCA syl mulrA -exprD.
Qed.
End Elimination.

Theorem characteristic_polynomial (R : comRingType) (p d : nat) (F : 'I_p.+1 -> 'M[R]_d) :
  char_poly (companion F) = \det ('X^p.+1%:M - \sum_(k < p.+1) 'X^k *: map_mx polyC (F k)).
Proof.
have mapped : map_mx polyC (companion F) = companion (fun k => map_mx polyC (F k)).
  apply/matrixP => i j; rewrite !mxE; case: ifP => _; last by rewrite mxE.
  by rewrite /one_if; case: ifP => _; rewrite ?mxE ?raddf0 // rmorph_nat.
rewrite /char_poly /char_poly_mx mapped; have := eliminated (fun k => map_mx polyC (F k)) 'X.
by move/(monic_lreg (monicXn _ _)).
Qed.
